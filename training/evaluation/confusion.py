"""What stands together, and what is taken for what: counts of topics and roles, and their pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fazhi.records import Record
from fazhi.taxonomy import Taxonomy
from training.drawing import heat_map, new_figure
from training.evaluation.metrics import Answers, role_indices, truth_of

_NONE = "（无）"


def cooccurrence(labels: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Units that carry both topics: (labels, labels), from (units, labels); the diagonal is support."""
    counts = labels.astype(np.int64)
    return np.asarray(counts.T @ counts)


def topic_confusion(truth: NDArray[np.bool_], given: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Each topic that a unit lacks, against each that it was given instead: (labels + 1, labels + 1).

    The last column counts misses where nothing was given instead, the last row topics given beside
    right ones.
    """
    missed, extra = truth & ~given, given & ~truth
    # A last column that stands for “nothing”, where only one of the two went wrong.
    missed = np.column_stack([missed, ~missed.any(axis=1) & extra.any(axis=1)]).astype(np.int64)
    extra = np.column_stack([extra, ~extra.any(axis=1) & missed[:, :-1].any(axis=1)])
    return np.asarray(missed.T @ extra.astype(np.int64))


def role_confusion(
    units: Sequence[Record], answers: Answers, taxonomy: Taxonomy
) -> NDArray[np.int64]:
    """Units by annotated role and by given one: (roles, roles)."""
    counts = np.zeros((len(taxonomy.roles),) * 2, dtype=np.int64)
    annotated = role_indices([unit.role or "" for unit in units], taxonomy)
    np.add.at(counts, (annotated, answers.roles), 1)
    return counts


def draw_cooccurrence(
    truth: NDArray[np.bool_], given: NDArray[np.bool_], names: list[str]
) -> Figure:
    """Pairs of topics in one map: as annotated above the diagonal, as given below it."""
    counts = np.triu(cooccurrence(truth), 1) + np.tril(cooccurrence(given), -1)
    figure = new_figure(0.36 * len(names) + 2, 0.34 * len(names) + 2)
    axis = figure.subplots()
    heat_map(axis, counts, names, names)
    axis.plot([-0.5, len(names) - 0.5], [-0.5, len(names) - 0.5], color="grey", lw=1)
    axis.set_title("同句出现的主题（句数）：右上为标注，左下为模型")
    return figure


def draw_confusion(
    units: Sequence[Record], answers: Answers, taxonomy: Taxonomy
) -> tuple[Figure, Figure]:
    """Topics taken for one another, only those with a mistake; and roles."""
    counts = topic_confusion(truth_of(units, taxonomy), answers.given)
    names = [*(label.name for label in taxonomy.labels), _NONE]
    rows, columns = (np.flatnonzero(counts.any(axis=axis)) for axis in (1, 0))
    topics = new_figure(0.36 * len(columns) + 2.4, 0.34 * len(rows) + 2.2)
    axis = topics.subplots()
    heat_map(
        axis,
        counts[np.ix_(rows, columns)],
        [names[i] for i in rows],
        [names[j] for j in columns],
    )
    axis.set(xlabel="模型多给的主题", ylabel="模型漏掉的主题", title="主题混淆（句数）")

    role_names = [role.name for role in taxonomy.roles]
    roles = new_figure(0.9 * len(role_names) + 1.2, 0.6 * len(role_names) + 1.2)
    axis = roles.subplots()
    heat_map(axis, role_confusion(units, answers, taxonomy), role_names, role_names)
    axis.tick_params(axis="x", rotation=0)
    axis.set(xlabel="模型", ylabel="标注", title="角色（句数）")
    return topics, roles
