"""What speaks against a candidate for a release, and how it does beside the current one."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from fazhi.artifact import Artifact
from fazhi.classifier import Classifier
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.batches import sentence_of
from training.corpus import report_of
from training.evaluation.metrics import Answers
from training.evaluation.paired import Difference, overall_differences

SPLIT = "test"
# A candidate may be worse by so much: half a point is less than what a few reports tell apart.
MARGIN = 0.005


def leaks(artifact: Artifact, units: list[Record]) -> list[str]:
    """What speaks against measuring a model on `units`."""
    reports = artifact.config.provenance.get("reports")
    if not reports:
        return ["its provenance doesn't say which reports it learnt from"]
    learnt = {name for split, names in reports.items() if split != SPLIT for name in names}
    seen = sorted({report_of(unit) for unit in units} & learnt)
    if not seen:
        return []
    return [f"it learnt from {len(seen)} of the reports it is measured on ({seen[0]} …)"]


def have_same_labels(one: Taxonomy, other: Taxonomy) -> bool:
    """Whether answers of both can be compared; order doesn't matter."""
    return set(one.label_ids) == set(other.label_ids) and set(one.role_ids) == set(other.role_ids)


def _answers(artifact: Artifact, units: list[Record], taxonomy: Taxonomy) -> Answers:
    """By name, since the label sets of two models may differ in their order."""
    classifier = Classifier.from_pretrained(artifact.folder)
    predictions = classifier.predict([sentence_of(unit) for unit in units])
    return Answers.of_names(
        [p.labels for p in predictions], [p.role for p in predictions], taxonomy
    )


def compare(candidate: Artifact, current: Artifact, units: list[Record]) -> dict[str, Difference]:
    """Measure both, and print them side by side; differences are those of the candidate."""
    taxonomy = candidate.taxonomy
    old, new = (_answers(artifact, units, taxonomy) for artifact in (current, candidate))
    differences = overall_differences(units, old, new, taxonomy)
    reports = len({report_of(unit) for unit in units})
    table = Table(
        "figure",
        f"now: {current.config.version}",
        f"candidate: {candidate.config.version}",
        "difference",
        "95 % of resampled reports",
        title=f"split {SPLIT}: {len(units)} body units of {reports} reports",
    )
    for name, d in differences.items():
        table.add_row(
            name,
            f"{d.first:.4f}",
            f"{d.second:.4f}",
            f"{d.difference:+.4f}",
            "–" if d.low is None else f"{d.low:+.4f} … {d.high:+.4f}",
        )
    Console().print(table)
    return differences


def losses(differences: dict[str, Difference]) -> list[str]:
    """Figures that fall by more than `MARGIN`."""
    return [
        f"{name} falls by {-d.difference:.4f}, more than {MARGIN}"
        for name, d in differences.items()
        if d.difference < -MARGIN
    ]
