"""Pictures of a corpus: documents by kind and year, labels by split, inheritance, agreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.corpus import SPLITS, Corpus
from training.datasheet.agreement import Agreement
from training.datasheet.inheritance import Inheritance
from training.drawing import CHINESE, COLOURS, GREY, SMALL, bare, heat_map, new_figure
from training.evaluation.confusion import cooccurrence
from training.evaluation.metrics import truth_of

_UNKNOWN = "–"


def draw_documents(corpus: Corpus) -> Figure:
    """Documents by year, a colour a kind of issuing body; those that `reports.csv` lacks stand under –."""
    found = Counter(
        (facts.year or _UNKNOWN, facts.issuer_kind or _UNKNOWN)
        if (facts := corpus.facts.get(report))
        else (_UNKNOWN, _UNKNOWN)
        for report in corpus.split_of
    )
    years = sorted({year for year, _ in found})
    kinds = [kind for kind, _ in Counter(kind for _, kind in found.elements()).most_common()]
    figure = new_figure(max(6, 0.7 * len(years) + 2.5), 3.8)
    axis = figure.subplots()
    top = np.zeros(len(years))
    for kind, colour in zip(kinds, COLOURS * len(kinds), strict=False):
        counts = np.array([found[year, kind] for year in years])
        bars = axis.bar(years, counts, bottom=top, color=colour, label=CHINESE.get(kind, kind))
        ink = "white" if colour in (COLOURS[0], COLOURS[3]) else "black"
        texts = [str(n) if n else "" for n in counts]
        axis.bar_label(bars, texts, label_type="center", fontsize=SMALL, color=ink)
        top += counts
    axis.set(ylabel="文件数", title=f"{sum(found.values())} 份文件，按年份和发文机关")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside right upper", frameon=False)
    bare(axis, "y")
    return figure


def draw_labels(corpus: Corpus, taxonomy: Taxonomy) -> Figure:
    """Body units of each label and of each role, a colour a split; the number is the sum."""
    labels = [*((label.id, label.name) for label in taxonomy.labels), ("", "（无主题）")]
    roles = [(role.id, role.name) for role in taxonomy.roles]
    counts = {split: _tags(corpus.records_of(split)) for split in SPLITS}
    figure = new_figure(11, 0.25 * len(labels) + 1.4)
    left, right = figure.subplots(1, 2, width_ratios=(2, 1))
    for axis, title, rows in ((left, "主题", labels), (right, "角色", roles)):
        rows = sorted(rows, key=lambda row: sum(counts[split][title, row[0]] for split in SPLITS))
        names = [name for _, name in rows]
        start = np.zeros(len(rows))
        for split, colour in zip(SPLITS, COLOURS, strict=False):
            values = np.array([counts[split][title, id_] for id_, _ in rows])
            bars = axis.barh(names, values, left=start, color=colour, label=CHINESE[split])
            start += values
        axis.bar_label(bars, [f"{n:.0f}" for n in start], padding=3, fontsize=SMALL)
        axis.set(title=title, xlabel="正文句数")
        axis.margins(x=0.12, y=0.01)
        bare(axis, "x")
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
    )
    return figure


def _tags(records: Sequence[Record]) -> Counter[tuple[str, str]]:
    """Body units by label, "" for none, and by role."""
    bodies = [record for record in records if record.kind == "body"]
    counts = Counter(("主题", label) for body in bodies for label in body.labels or ("",))
    return counts + Counter(("角色", body.role or "") for body in bodies)


def draw_pairs(corpus: Corpus, taxonomy: Taxonomy) -> Figure:
    """Body units that carry two topics; the diagonal is left out, since it is support."""
    bodies = [record for record in corpus.records if record.kind == "body"]
    counts = cooccurrence(truth_of(bodies, taxonomy))
    np.fill_diagonal(counts, 0)
    names = [label.name for label in taxonomy.labels]
    figure = new_figure(0.36 * len(names) + 2, 0.34 * len(names) + 2)
    axis = figure.subplots()
    heat_map(axis, counts, names, names)
    axis.set_title("同句出现的主题（句数）")
    return figure


def draw_inheritance(found: Sequence[Inheritance], taxonomy: Taxonomy) -> Figure:
    """A bar a label that has body units: what share stands below a heading with the label."""
    rows = [(row, row.nearest + row.farther + row.own) for row in found]
    rows = sorted((row for row in rows if row[1]), key=lambda row: -row[0].own / row[1])
    names = [f"{taxonomy.label_by_id[row.label].name}（{n}）" for row, n in rows]
    figure = new_figure(8, 0.27 * len(rows) + 1.5)
    axis = figure.subplots()
    start = np.zeros(len(rows))
    for name, field, colour in (
        ("最近的标题也有", "nearest", COLOURS[0]),
        ("更上层的标题才有", "farther", COLOURS[5]),
        ("标题都没有，只看句子", "own", COLOURS[1]),
    ):
        shares = np.array([getattr(row, field) / n for row, n in rows])
        axis.barh(names, shares, left=start, color=colour, label=name)
        start += shares
    axis.xaxis.set_major_formatter(lambda x, _: f"{x:.0%}")
    axis.set(title="句子的主题是否来自标题（括号内为句数）", xlim=(0, 1))
    axis.margins(y=0.01)
    figure.legend(
        *axis.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
    )
    bare(axis, "x")
    return figure


def draw_agreement(found: Agreement, taxonomy: Taxonomy) -> Figure:
    """F1 of one annotator against the other and Cohen's kappa, a line a label, the least on top."""
    rows = sorted(found.by_label, key=lambda row: -row.f1)
    names = [f"{taxonomy.label_by_id[r.label].name}（{r.first}/{r.second}）" for r in rows]
    figure = new_figure(8, 0.27 * len(rows) + 1.5)
    axis = figure.subplots()
    for y, row in enumerate(rows):
        axis.plot((row.f1, row.kappa), (y, y), color=GREY, lw=1, zorder=1)
    axis.plot([r.f1 for r in rows], names, "o", color=COLOURS[0], ms=6, label="F1")
    axis.plot([r.kappa for r in rows], names, "D", color=COLOURS[1], ms=5, label="Cohen κ")
    axis.axvline(found.micro_f1, color=COLOURS[3], ls="--", lw=1)
    axis.set(
        title=f"两名标注者的一致程度：{found.units} 个单元\n主题 micro F1 {found.micro_f1:.3f}（虚线），"
        f"角色 κ {found.role_kappa:.3f}",
        xlabel="括号内为两人各给的次数",
    )
    axis.margins(y=0.02)
    axis.legend(frameon=False, loc="lower left")
    bare(axis, "x")
    return figure
