from __future__ import annotations

import pytest

from fazhi.analysis.bodies import read_body


@pytest.mark.parametrize(
    ("name", "kind", "level"),
    [
        ("云岭省人民政府", "government", "province"),
        ("云岭市人民政府办公厅", "government", "city"),
        ("青溪县", "government", "county"),
        ("青溪县党委、政府", "government", "county"),
        ("中共云岭市委 云岭市人民政府", "government", "city"),
        ("中共云岭市委、云岭市人民政府", "government", "city"),
        ("云岭高新区管委会", "government", "county"),
        ("县人民政府", "government", "county"),
        ("云岭省司法厅", "department", "province"),
        ("云岭市发展改革委", "department", "city"),
        ("云岭市人民政府国有资产监督管理委员会", "department", "city"),
        ("青溪县人民政府法制办公室", "department", "county"),
        ("青溪县政务服务中心(县大数据中心)", "department", "county"),
        ("国家税务总局云岭市税务局", "department", "city"),
        ("云岭市公安局交通警察支队", "department", "city"),
        ("云岭市生态环境局青溪分局", "department", "county"),  # serves a county
        ("县司法局", "department", "county"),
        ("柏店镇", "town", "town"),
        ("柏店镇党委、政府", "town", "town"),
        ("柏店镇党政办公室", "town", "town"),
        ("青溪县柏店镇人民政府", "town", "town"),
        ("云湖区人民政府古棠街道办事处", "town", "town"),
        ("街道办事处", "town", "town"),
        ("中共云岭市委", "other", "city"),
        ("中共云岭市委全面依法治市委员会办公室", "other", "city"),
        ("云岭市供销合作社联合社", "other", "city"),
        ("云岭市中级人民法院", "other", "city"),
        ("青溪县实验小学", "other", "county"),
    ],
)
def test_kind_and_level_of_a_body(name: str, kind: str, level: str) -> None:
    body = read_body(name)
    assert body is not None
    assert (body.kind, body.level) == (kind, level)


@pytest.mark.parametrize(
    "name", ["", "全县", "局", "办公室", "政策法规科", "中共云岭市委全面", "云岭市民", "本站原创"]
)
def test_what_is_no_body_is_none(name: str) -> None:
    assert read_body(name) is None
