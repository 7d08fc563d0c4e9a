"""What ids are called in tables for people. Topics and roles have their names in the taxonomy."""

from __future__ import annotations

from fazhi.taxonomy import Taxonomy

KIND_NAMES = {"title": "文题", "heading": "标题", "body": "正文", "meta": "附注"}
ISSUER_KIND_NAMES = {
    "government": "政府",
    "department": "部门",
    "town": "乡镇街道",
    "other": "其他",
}
ISSUER_LEVEL_NAMES = {"province": "省级", "city": "市级", "county": "县级", "town": "乡级"}
INCONSISTENCY_NAMES = {"ratio": "比率", "sum": "合计", "change": "增减"}
GROUPING_NAMES = {"region": "地区", "year": "年度", "issuer_kind": "机关类型"}
NO_TOPIC = "（无主题）"
NOT_STATED = "（未注明）"


def label_name(label: str | None, taxonomy: Taxonomy) -> str:
    """The name of a topic; None is having none."""
    return taxonomy.label_by_id[label].name if label else NO_TOPIC


def label_names(labels: tuple[str, ...], taxonomy: Taxonomy) -> str:
    """The names of topics in one cell."""
    return "；".join(taxonomy.label_by_id[label].name for label in labels)


def group_name(grouping: str, key: str | int | None) -> str:
    """The name of a group of reports."""
    if key is None:
        return NOT_STATED
    return ISSUER_KIND_NAMES.get(str(key), str(key)) if grouping == "issuer_kind" else str(key)
