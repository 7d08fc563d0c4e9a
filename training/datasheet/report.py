"""`make data-report`: what a corpus holds and how far it can be trusted, as Markdown and a picture."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fazhi.errors import FazhiError
from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.corpus import SPLITS, Corpus, load_corpus, report_of
from training.datasheet.agreement import TwoPasses, agreement, read_passes, settlements
from training.datasheet.likeness import Likeness, draw_likeness, measure
from training.datasheet.near_duplicates import (
    THRESHOLD,
    near_duplicates,
    share_of_near_duplicates,
)
from training.sources import read_units

PASSES = "two-passes.csv"
LIKENESS = "likeness.png"


def counts_section(corpus: Corpus, taxonomy: Taxonomy) -> str:
    """Reports by split and kind of issuing body, roles, and where each label stands."""
    bodies = [record for record in corpus.records if record.kind == "body"]
    kinds = {
        report: corpus.facts[report].issuer_kind if report in corpus.facts else "–"
        for report in corpus.split_of
    }
    by_kind = [
        [
            kind,
            *(
                _count(r for r, k in kinds.items() if k == kind and corpus.split_of[r] == split)
                for split in SPLITS
            ),
            _count(r for r, k in kinds.items() if k == kind),
        ]
        for kind in sorted(set(kinds.values()))
    ]
    splits = [corpus.split_of[corpus.group_of(record)] for record in bodies]
    roles = [
        [
            role.name,
            *(
                _count(
                    b
                    for b, s in zip(bodies, splits, strict=True)
                    if b.role == role.id and s == split
                )
                for split in SPLITS
            ),
            _count(b for b in bodies if b.role == role.id),
        ]
        for role in taxonomy.roles
    ]
    no_label = sum(not record.labels for record in bodies)
    return "\n".join(
        [
            f"## Counts\n\n{len(kinds)} documents, {len(corpus.records)} units, {len(bodies)} body units, "
            f"{no_label} of them ({no_label / len(bodies):.1%}) without a label.\n",
            _table(["documents", *SPLITS, "all"], by_kind),
            _table(["body units", *SPLITS, "all"], roles),
            _table(
                ["label", "body units", "reports", *(role.name for role in taxonomy.roles)],
                [_label_row(label.id, label.name, bodies, taxonomy) for label in taxonomy.labels],
            ),
        ]
    )


def _label_row(label: str, name: str, bodies: Sequence[Record], taxonomy: Taxonomy) -> list[str]:
    positives = [record for record in bodies if label in (record.labels or ())]
    roles = Counter(record.role for record in positives)
    reports = len({report_of(record) for record in positives})
    return [
        f"{name} `{label}`",
        str(len(positives)),
        str(reports),
        *(str(roles[role.id]) for role in taxonomy.roles),
    ]


def near_duplicates_section(corpus: Corpus) -> str:
    """How many units repeat another report, and the closest pairs."""
    pairs = near_duplicates(corpus.records)
    share = share_of_near_duplicates(corpus.records, pairs)
    rows = [
        [f"{p.likeness:.2f}", f"{p.one.id}: {p.one.text}", f"{p.other.id}: {p.other.text}"]
        for p in pairs[:5]
    ]
    return (
        f"## Near-duplicates\n\n{share:.2%} of the body units have a near-duplicate in a report before "
        f"them (character 5-grams, Jaccard index above {THRESHOLD}).\n\n"
        + (_table(["likeness", "one", "other"], rows) if rows else "")
    )


def agreement_section(passes: Sequence[TwoPasses], corpus: Corpus, taxonomy: Taxonomy) -> str:
    """Agreement of two passes that did not know of each other, and what became of differences."""
    found = agreement(passes, taxonomy)
    settled = settlements(passes, {record.id: record for record in corpus.records})
    rows = [
        [
            taxonomy.label_by_id[a.label].name,
            f"{a.f1:.2f}",
            f"{a.kappa:.2f}",
            str(a.first),
            str(a.second),
        ]
        for a in sorted(found.by_label, key=lambda a: -a.f1)
    ]
    return (
        "## Agreement\n\n"
        f"{found.units} units ({found.units / len(corpus.records):.0%} of the corpus) were labelled twice. "
        f"Labels: micro F1 {found.micro_f1:.3f}, mean κ {found.mean_kappa:.3f}, the same set on "
        f"{found.same_labels:.1%}. Role of body units: the same on {found.same_role:.1%}, κ {found.role_kappa:.3f}.\n\n"
        f"Settled: {settled['agreed']} agreed; of the others {settled['first']} stayed with the first pass, "
        f"{settled['second']} went with the second, {settled['neither']} became something else"
        + (f", {settled['gone']} were cut anew" if settled["gone"] else "")
        + ".\n\n"
        + _table(["label", "F1", "κ", "first", "second"], rows)
    )


def likeness_section(measured: Mapping[str, Likeness]) -> str:
    """Distributions of the corpus beside those of real reports."""
    rows = {name: likeness.row() for name, likeness in measured.items()}
    features = next(iter(rows.values()))
    return (
        "## Likeness\n\n"
        + _table(["", *rows], [[f, *(row[f] for row in rows.values())] for f in features])
        + f"\n![distributions]({LIKENESS})\n"
    )


def _count(items: Iterable[object]) -> str:
    return str(sum(1 for _ in items))


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="corpus")
    parser.add_argument("--output", type=Path, required=True, help="folder to write into")
    parser.add_argument(
        "--gold", type=Path, nargs="*", default=[], help="annotated real reports to compare with"
    )
    parser.add_argument("--taxonomy", type=Path, default=Path("data/taxonomy.yaml"), help="labels")
    arguments = parser.parse_args()
    try:
        taxonomy = Taxonomy.from_file(arguments.taxonomy)
        corpus = load_corpus(arguments.data, taxonomy)
        passes_files = dict.fromkeys(path.parent / PASSES for path in arguments.data)
        passes = [p for f in passes_files if f.exists() for p in read_passes(f, taxonomy)]
        texts = {"corpus": list(corpus.records)}
        texts |= {
            f"real report {n}": read_units(p, taxonomy) for n, p in enumerate(arguments.gold, 1)
        }
    except FazhiError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    measured = {name: measure(records, taxonomy) for name, records in texts.items()}
    sections = [counts_section(corpus, taxonomy), near_duplicates_section(corpus)]
    sections += [agreement_section(passes, corpus, taxonomy)] if passes else []
    sections += [likeness_section(measured)]
    arguments.output.mkdir(parents=True, exist_ok=True)
    draw_likeness(measured).savefig(arguments.output / LIKENESS, dpi=90)
    report = arguments.output / "report.md"
    report.write_text("# Corpus report\n\n" + "\n".join(sections), encoding="utf-8")
    print(f"report: {report}")


if __name__ == "__main__":
    main()
