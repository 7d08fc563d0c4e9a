"""The page as one file works from disk, with what it held when it was saved."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fazhi import web
from fazhi.artifact import RELEASED_MODEL
from fazhi.classifier import Classifier
from tests.page.reader import OTHER_REPORT, REPORT, Reader
from tests.serving.service import Service


@pytest.fixture(scope="module")
def answers(service: Service) -> list[dict[str, Any]]:
    reports = [{"name": "甲", "text": REPORT}, {"name": "乙</script><!--", "text": OTHER_REPORT}]
    return [
        {**service.post("/v1/reports", report).json(), "source": report["text"]}
        for report in reports
    ]


@pytest.fixture(scope="module")
def file(answers: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("html") / "报告.html"
    with path.open("w", encoding="utf-8") as stream:
        web.write_html(answers, Classifier.from_pretrained(RELEASED_MODEL).artifact, stream)
    return path


def test_it_opens_from_disk_with_every_report(new_page: Callable[..., Page], file: Path) -> None:
    reader = Reader.open(new_page(offline=True), file.as_uri())
    expect(reader.page.locator("#reports option")).to_have_count(2)
    expect(reader.page.locator("h2.text")).to_contain_text("鹤岭县")
    reader.page.locator("#reports").select_option("1")
    expect(reader.row("开展农资经营网点普法2次").locator(".chip")).to_have_text(["普法"])
    expect(reader.page.get_by_role("button", name="添加报告")).to_be_hidden()
    reader.page.locator(".toggle[data-id=law_popularization]").click()
    assert reader.rows.count() == 1
    assert reader.page.url.endswith("#report=2&label=law_popularization")


def test_it_names_no_other_host_and_allows_no_connection(file: Path) -> None:
    html = file.read_text("utf-8")
    assert "default-src 'none'" in html and "connect-src" not in html
    assert ' src="' not in html and 'href="page/' not in html
    assert html.count("<!--") == 0


def test_data_cannot_end_their_script(file: Path, answers: list[dict[str, Any]]) -> None:
    html = file.read_text("utf-8")
    data = html.partition('id="embedded">')[2].partition("</script>")[0]
    assert json.loads(data)["analyses"] == answers
    assert "<" not in data


def test_every_import_of_every_module_is_resolved() -> None:
    html = web.standalone()
    assert 'id="embedded">null<' in html
    stream = io.StringIO()
    web.write_html([], Classifier.from_pretrained(RELEASED_MODEL).artifact, stream)
    assert len(stream.getvalue()) > len(html)


def test_the_page_and_a_saved_page_make_such_a_file_themselves(
    reader: Reader, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    reader.paste(REPORT)
    path = tmp_path / "saved.html"
    data = reader.state("page.state")
    data = {name: data[name] for name in ("model", "taxonomy", "analyses")} | {"threshold": 0.95}
    module = "document.querySelector('script[src]').src.replace('app.js', 'embedded.js')"
    save = "async (data) => (await import({})).singleFile(data)"
    path.write_text(reader.page.evaluate(save.format(module), data), "utf-8")
    saved = Reader.open(new_page(offline=True), path.as_uri())
    expect(saved.page.locator("h2.text")).to_contain_text("鹤岭县")
    expect(saved.page.locator(".threshold output")).to_have_text("得分 ≥ 0.95")
    again = tmp_path / "again.html"
    again.write_text(
        saved.page.evaluate(
            "async (data) => (await import('fazhi/embedded.js')).singleFile(data)", data
        ),
        "utf-8",
    )
    reopened = Reader.open(new_page(offline=True), again.as_uri())
    expect(reopened.page.locator("h2.text")).to_contain_text("鹤岭县")


def test_a_comparison_opens_with_its_tab(
    new_page: Callable[..., Page], answers: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "对比.html"
    with path.open("w", encoding="utf-8") as stream:
        artifact = Classifier.from_pretrained(RELEASED_MODEL).artifact
        web.write_html(answers, artifact, stream, tab="comparison")
    reader = Reader.open(new_page(offline=True), path.as_uri())
    expect(reader.page.get_by_role("tab", name="比较")).to_have_attribute("aria-selected", "true")
    assert "tab=" not in reader.page.url
    reader.page.get_by_role("tab").first.click()
    assert reader.page.url.endswith("#tab=report")
