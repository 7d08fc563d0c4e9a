"""Tagged units made by hand, and strategies for them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from fazhi.classifier import Prediction
from fazhi.records import KINDS, Record
from fazhi.tagging import TaggedUnit
from fazhi.taxonomy import Taxonomy
from tests.tiny import TAXONOMY

_TAXONOMY = Taxonomy.from_file(TAXONOMY)


def tagged(
    id_: str,
    text: str,
    scores: dict[str, float],
    role: str = "achievement",
    kind: str = "body",
    heading_path: Sequence[str] = (),
) -> TaggedUnit:
    """A unit whose labels are those that `scores` names."""
    labels = tuple(sorted(scores, key=lambda label: -scores[label]))
    return TaggedUnit(
        Record(id_, text, kind, tuple(heading_path)),
        Prediction(labels, role, scores, {role: 1.0}, 9, False),
    )


_tags = st.dictionaries(
    st.sampled_from(_TAXONOMY.label_ids), st.floats(0.5, 1, exclude_min=True), max_size=4
)
_unit = st.tuples(
    st.text("法治政府。", min_size=1, max_size=9),
    _tags,
    st.sampled_from(_TAXONOMY.role_ids),
    st.sampled_from(KINDS),
)
tagged_reports = st.lists(_unit, max_size=20).map(
    lambda rows: [
        TaggedUnit(Record(f"r-{n:03d}", text, "meta"), None)
        if kind == "meta"
        else tagged(f"r-{n:03d}", text, tags, role, kind)
        for n, (text, tags, role, kind) in enumerate(rows, start=1)
    ]
)
