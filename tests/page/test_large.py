"""A report of fifty pages stays smooth."""

from __future__ import annotations

import copy
from typing import Any

from playwright.sync_api import Route, expect

from tests.page.reader import REPORT, Reader
from tests.tiny import REPORTS

SENTENCES = 1500
# Generous: these take a tenth of it on an idle desktop, but machines of CI are slow and shared.
MAX_SHOW_MILLISECONDS = 6000
MAX_CHANGE_MILLISECONDS = 1500


def repeated(answer: dict[str, Any], source: str) -> dict[str, Any]:
    """The same report over and over, as one long report."""
    units = []
    for turn in range(SENTENCES // sum(unit["kind"] == "body" for unit in answer["units"]) + 1):
        for unit in copy.deepcopy(answer["units"]):
            unit["id"] = f"long-{len(units) + 1:03d}"
            unit["start"] += turn * (len(source) + 1)
            unit["end"] += turn * (len(source) + 1)
            units.append(unit)
    return {**answer, "units": units, "source": f"{source}\n" * (turn + 1)}


def milliseconds(reader: Reader, act: str) -> float:
    """From an act until the frame after it is drawn."""
    return reader.page.evaluate(
        f"async () => {{ const start = performance.now(); {act};"
        " await new Promise(r => requestAnimationFrame(() => setTimeout(r)));"
        " return performance.now() - start; }"
    )


def test_fifty_pages_stay_smooth(reader: Reader) -> None:
    reader.paste(REPORT)
    answer = repeated(reader.state("page.currentAnalysis()"), REPORT)

    def give(route: Route) -> None:
        route.fulfill(json=answer)

    reader.page.route("**/v1/reports", give)
    reader.page.evaluate(
        "window.longest = 0; new PerformanceObserver((list) => { for (const task of list.getEntries())"
        " window.longest = Math.max(window.longest, task.duration); }).observe({type: 'longtask'})"
    )
    reader.choose(REPORTS / "held-litai-coop.txt")
    expect(reader.page.locator(f"[data-id='{answer['units'][-1]['id']}']")).to_be_attached(
        timeout=30_000
    )
    assert reader.page.locator(".unit.body").count() >= SENTENCES
    assert reader.page.evaluate("window.longest") < MAX_SHOW_MILLISECONDS

    slide = "const s = document.getElementById('threshold'); s.value = '{}'; s.dispatchEvent(new Event('input'))"
    click = "document.querySelector('{}').click()"
    acts = {
        "threshold": slide.format("0.1"),
        "threshold back": slide.format("0.9"),
        "filter": click.format(".toggle[data-id=fangguanfu]"),
        "filter off": click.format(".toggle[data-id=fangguanfu]"),
        "select": click.format(".unit.body .mark"),
        "scroll": "scrollTo(0, document.body.scrollHeight / 2)",
    }
    taken = {name: milliseconds(reader, act) for name, act in acts.items()}
    assert max(taken.values()) < MAX_CHANGE_MILLISECONDS, taken
