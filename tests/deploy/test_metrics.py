"""Dashboard, alerts and autoscaling ask for what the service tells: a misspelt metric shows nothing, silently."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import promql_parser as promql
import pytest

from serving.metrics import Metrics
from tests.deploy.files import dashboard, load_yaml, manifests


def told_by_the_service() -> dict[str, set[str]]:
    """Labels by metric; histograms without their suffixes."""
    found = {}
    for collector in Metrics()._registry._collector_to_names:
        (metric,) = collector.describe()
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        found[name] = set(collector._labelnames)
    return found


SERVICE = told_by_the_service()
ELSEWHERE = {"up"}  # of Prometheus itself
OF_THE_SCRAPE = {"job", "instance", "namespace", "pod", "le"}


def panels() -> list[Any]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def alerts() -> list[Any]:
    (group,) = load_yaml("prometheus/alerts.yaml")["groups"]
    rules: list[Any] = group["rules"]
    return rules


def queries() -> dict[str, str]:
    """Every PromQL expression, templates filled in, by where it stands."""
    found = {
        f"dashboard, {panel['title']}, {target['refId']}": target["expr"]
        for panel in panels()
        for target in panel["targets"]
    }
    found |= {rule["alert"]: rule["expr"] for rule in alerts()}
    (rule,) = load_yaml("kubernetes/prometheus-adapter.yaml")["rules"]["custom"]
    filled = rule["metricsQuery"].replace("<<.Series>>", rule["name"]["as"])
    filled = filled.replace("<<.LabelMatchers>>", 'namespace="n"').replace("<<.GroupBy>>", "pod")
    found |= {"adapter, series": rule["seriesQuery"], "adapter, query": filled}
    return {
        where: re.sub(r"\$__(rate_interval|range)", "5m", query) for where, query in found.items()
    }


QUERIES = queries()


class Vocabulary:
    """Names that an expression uses."""

    def __init__(self, query: str) -> None:
        self.metrics: set[str] = set()
        self.labels: set[str] = set()
        for expression in _walk(promql.parse(query)):
            if isinstance(expression, promql.VectorSelector):
                assert expression.name, f"a selector without a name in {query}"
                self.metrics.add(re.sub(r"_(bucket|sum|count)$", "", expression.name))
                self.labels |= {m.name for m in expression.matchers.matchers}
            elif isinstance(expression, promql.AggregateExpr) and expression.modifier:
                self.labels |= set(expression.modifier.labels)


def _walk(expression: Any) -> Iterator[Any]:
    yield expression
    for name in ("expr", "lhs", "rhs", "vector_selector"):
        if child := getattr(expression, name, None):
            yield from _walk(child)
    for child in getattr(expression, "args", None) or ():
        yield from _walk(child)


@pytest.mark.parametrize("where", QUERIES)
def test_a_query_asks_for_metrics_and_labels_that_exist(where: str) -> None:
    used = Vocabulary(QUERIES[where])
    assert used.metrics
    assert used.metrics <= SERVICE.keys() | ELSEWHERE
    known = OF_THE_SCRAPE.union(*(SERVICE.get(metric, set()) for metric in used.metrics))
    assert used.labels <= known


def test_every_metric_of_the_service_is_on_the_dashboard() -> None:
    shown = set().union(*(Vocabulary(q).metrics for w, q in QUERIES.items() if "dashboard" in w))
    assert SERVICE.keys() <= shown


def test_memory_is_this_processs() -> None:
    (line,) = re.findall(rb"^fazhi_resident_memory_bytes (\S+)$", Metrics().render(), re.MULTILINE)
    assert 1e7 < float(line) < 1e11


def test_first_reload_is_seen_as_an_increase() -> None:
    assert b'fazhi_model_reloads_total{outcome="refused"} 0.0' in Metrics().render()


def test_a_typing_error_would_be_found() -> None:
    used = Vocabulary('sum by (rout) (rate(fazhi_request_total{statsu="429"}[5m])) / 2')
    assert used.metrics == {"fazhi_request_total"}
    assert used.labels == {"rout", "statsu"}


def test_the_autoscalers_ask_for_the_adapters_metric() -> None:
    (rule,) = load_yaml("kubernetes/prometheus-adapter.yaml")["rules"]["custom"]
    scalers = [d for d in manifests().values() if d["kind"] == "HorizontalPodAutoscaler"]
    assert len(scalers) == 2
    for scaler in scalers:
        (metric,) = scaler["spec"]["metrics"]
        assert metric["pods"]["metric"]["name"] == rule["name"]["as"]
    relabelled = load_yaml("prometheus/scrape-kubernetes.yaml")["scrape_configs"][0]
    targets = {r.get("target_label") for r in relabelled["relabel_configs"]}
    assert rule["resources"]["overrides"].keys() <= targets


def test_legends_name_labels_that_the_query_keeps() -> None:
    for panel in panels():
        for target in panel["targets"]:
            legend = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            assert legend <= Vocabulary(QUERIES[f"dashboard, {panel['title']}, A"]).labels


def test_panels_have_ids_of_their_own_and_lie_side_by_side() -> None:
    every = dashboard()["panels"]
    assert len({panel["id"] for panel in every}) == len(every)
    taken: set[tuple[int, int]] = set()
    for panel in every:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_and_what_to_do_and_is_tested(rule: Any) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"].keys() == {"summary", "description"}
    tests = load_yaml("prometheus/alerts_test.yaml")["tests"]
    fired = {t["alertname"] for test in tests for t in test["alert_rule_test"] if t["exp_alerts"]}
    assert rule["alert"] in fired
