from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazhi.analysis.divisions import codes_of
from fazhi.analysis.places import LEVELS, complete, read_places


@pytest.mark.parametrize(
    ("name", "places", "rest"),
    [
        (
            "云岭省云岭市青溪县柏店镇人民政府",
            "云岭省/province 云岭市/city 青溪县/county 柏店镇/town",
            "人民政府",
        ),
        ("云岭市青岩市人民政府", "云岭市/city 青岩市/county", "人民政府"),
        ("岜湄侗族苗族自治州人民政府", "岜湄侗族苗族自治州/city", "人民政府"),
        ("查干德勒蒙古族自治县人民政府", "查干德勒蒙古族自治县/county", "人民政府"),
        ("湟北州人民政府", "湟北州/city", "人民政府"),
        ("郜州市人民政府", "郜州市/city", "人民政府"),
        ("塔勒德地区行政公署", "塔勒德地区/city", "行政公署"),
        ("敖仑布拉格苏木人民政府", "敖仑布拉格苏木/town", "人民政府"),
        ("云岭市高新区管委会", "云岭市/city 高新区/county", "管委会"),
        (
            "泊溪市南埔区人民政府古棠街道办事处",
            "泊溪市/city 南埔区/county 古棠街道/town",
            "办事处",
        ),
        ("中共云岭市委", "云岭市/city", "委"),
        ("国家税务总局云岭市税务局", "云岭市/city", "税务局"),
        ("云岭市市场监督管理局", "云岭市/city", "市场监督管理局"),
        ("青溪县市场监督管理局", "青溪县/county", "市场监督管理局"),
        ("云城市城市管理局", "云城市/city", "城市管理局"),
        ("青溪县住房和城乡建设局", "青溪县/county", "住房和城乡建设局"),
        ("云岭市自然保护区管理局", "云岭市/city", "自然保护区管理局"),
    ],
)
def test_places_are_told_by_the_last_word_of_their_names(name: str, places: str, rest: str) -> None:
    found, left = read_places(name)
    assert (" ".join(f"{place.name}/{place.level}" for place in found), left) == (places, rest)


@pytest.mark.parametrize("name", ["", "全县", "我市", "各区", "县司法局", "城市", "乡镇", "法治"])
def test_a_word_for_any_place_is_none(name: str) -> None:
    assert read_places(name) == ((), name)


@pytest.mark.parametrize(
    ("name", "region", "level"),
    [
        ("义乌市司法局", "浙江省金华市义乌市", "county"),
        ("金华市司法局", "浙江省金华市", "city"),
        ("青岛市市南区司法局", "山东省青岛市市南区", "county"),
        ("荆州市沙市区人民政府", "湖北省荆州市沙市区", "county"),
        ("津市市人民政府", "湖南省常德市津市市", "county"),
        ("浦东新区人民政府", "上海市浦东新区", "county"),
        ("浙江省义乌市人民政府", "浙江省金华市义乌市", "county"),
        ("萧山市人民政府", "浙江省萧山市", "county"),  # two codes, no longer in use
        ("西湖区人民政府", "西湖区", "county"),  # of Hangzhou or of Nanchang
        ("杭州市西湖区灵隐街道", "浙江省杭州市西湖区灵隐街道", "town"),
    ],
)
def test_real_places_are_completed_where_there_is_no_doubt(
    name: str, region: str, level: str
) -> None:
    places, _ = read_places(name)
    assert "".join(place.name for place in complete(places)) == region
    assert places[-1].level == level


def test_a_division_is_looked_for_inside_others() -> None:
    assert codes_of("西湖区", ["330100"]) == ("330106",)
    assert codes_of("西湖区", ["330000", "360000"]) == ("330106", "360103")
    assert codes_of("西湖区", ["110000"]) == ()
    assert codes_of("云岭市") == ()


@given(st.text(st.sampled_from("云岭青省市县区州旗镇乡街道自治人民政府浙江杭"), max_size=25))
def test_places_grow_narrower_and_nothing_of_a_name_is_made_up(name: str) -> None:
    places, rest = read_places(name)
    assert name.endswith(rest)
    at = 0
    for place in places:
        at = name.index(place.name, at) + len(place.name)
    levels = [LEVELS.index(place.level) for place in places]
    assert levels == sorted(levels)
