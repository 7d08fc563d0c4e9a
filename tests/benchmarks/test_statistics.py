from __future__ import annotations

import pytest

from benchmarks.rows import Row, Target, medians, ratio
from benchmarks.statistics import median, percentile, slope


def row(number: int, system: str, throughput: float) -> Row:
    latencies = [1.0, 2.0, 3.0]
    return Row.of(number, system, "loop", 1, latencies, int(throughput), 1000)


def test_percentiles_lie_between_neighbours() -> None:
    values = [4.0, 1.0, 3.0, 2.0]
    assert percentile(values, 0) == 1
    assert percentile(values, 1) == 4
    assert median(values) == 2.5
    assert percentile(range(101), 0.99) == pytest.approx(99)
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_slope_is_that_of_the_line() -> None:
    assert slope([(x, 3 * x + 7) for x in range(5)]) == pytest.approx(3)
    assert slope([(0, 0), (1, 1), (2, 0)]) == pytest.approx(0)
    assert slope([(1, 5)]) == 0
    assert slope([]) == 0


def test_a_ratio_is_the_median_of_the_rounds_own() -> None:
    rows = [row(0, "a", 90), row(0, "b", 100), row(1, "a", 10), row(1, "b", 10), row(2, "a", 8)]
    rows.append(row(2, "b", 10))
    assert ratio(rows, ("a", "loop", "throughput"), ("b", "loop", "throughput")) == 0.9


def test_medians_are_one_row_a_system_and_scenario() -> None:
    first, second = medians([row(0, "a", 10), row(1, "a", 30), row(2, "a", 20), row(0, "b", 5)])
    assert (first.system, first.throughput, first.requests) == ("a", 20, 9)
    assert (second.system, second.throughput) == ("b", 5)


def test_a_scenario_without_answers_is_no_result() -> None:
    with pytest.raises(RuntimeError, match="a, loop: no request was answered"):
        Row.of(0, "a", "loop", 1, [], 0, 1000)


def test_targets_are_floors_or_ceilings() -> None:
    assert Target("t", 0.9, 0.9, is_floor=True).is_met
    assert not Target("t", 0.89, 0.9, is_floor=True).is_met
    assert Target("t", 2, 2, is_floor=False).is_met
    assert not Target("t", 2.1, 2, is_floor=False).is_met
    assert not Target("t", float("nan"), 2, is_floor=False).is_met
