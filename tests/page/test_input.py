"""Reports come in: pasted, chosen, dropped; several, with errors, with progress, with a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.page.reader import OTHER_REPORT, REPORT, Reader
from tests.serving.service import Service
from tests.tiny import REPORTS

PATHS = sorted(REPORTS.glob("*.txt"))


def drop(page: Page, files: dict[str, str]) -> None:
    """Drop files as a browser does."""
    transfer = page.evaluate_handle(
        "(files) => { const t = new DataTransfer(); for (const [name, text] of Object.entries(files))"
        " t.items.add(new File([text], name)); return t; }",
        files,
    )
    page.dispatch_event("body", "dragover", {"dataTransfer": transfer})
    expect(page.locator("body")).to_have_class("dragging")
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})


def answer_with(
    status: int, body: dict[str, object], headers: dict[str, str] | None = None
) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, json=body, headers=headers or {})


def error(type_: str, message: str) -> dict[str, object]:
    return {"error": {"type": type_, "message": message}}


def test_nothing_pasted_is_said_in_place(reader: Reader) -> None:
    reader.page.get_by_role("button", name="阅读").click()
    expect(reader.page.get_by_role("alert").filter(has_text="还没有文字")).to_be_visible()


def test_the_sample_needs_no_report_of_ones_own(reader: Reader) -> None:
    reader.page.get_by_role("button", name="示例").click()
    expect(reader.page.locator("h2.text")).to_contain_text("云阙县")


def test_files_are_chosen_and_switched_between(reader: Reader) -> None:
    reader.choose(*PATHS[:3])
    switcher = reader.page.locator("#reports")
    expect(switcher.locator("option")).to_have_count(3)
    titles = set()
    for index in range(3):
        switcher.select_option(str(index))
        titles.add(reader.page.locator("h2.text").inner_text())
    assert len(titles) == 3


def test_files_are_dropped_and_more_are_added(reader: Reader) -> None:
    drop(reader.page, {"甲.txt": REPORT})
    expect(reader.page.locator("h2.text")).to_contain_text("鹤岭县")
    drop(reader.page, {"甲.txt": OTHER_REPORT})
    expect(reader.page.locator("h2.text")).to_contain_text("供销")
    names = reader.state("page.state.analyses.map(a => a.report.name)")
    assert len(set(names)) == 2
    ids = reader.state("page.state.analyses.flatMap(a => a.units.map(u => u.id))")
    assert len(set(ids)) == len(ids)


def as_html(text: str) -> str:
    return "<meta charset=utf-8>" + "".join(f"<p>{line}</p>" for line in text.splitlines())


def write_pdf(path: Path, page: Page) -> None:
    """Print a report with the browser, from a page that isn't looked at."""
    page.set_content(as_html(OTHER_REPORT))
    page.pdf(path=path)


def write_docx(path: Path, _: Page) -> None:
    document = docx.Document()
    for line in OTHER_REPORT.splitlines():
        document.add_paragraph(line)
    document.save(str(path))


def write_html(path: Path, _: Page) -> None:
    path.write_text(as_html(OTHER_REPORT), "utf-8")


def write_gbk(path: Path, _: Page) -> None:
    path.write_text(OTHER_REPORT, "gb18030")


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("报告.pdf", write_pdf),
        ("报告.docx", write_docx),
        ("报告.html", write_html),
        ("报告 1.txt", write_gbk),
    ],
)
def test_files_of_every_kind_are_read(
    reader: Reader,
    new_page: Callable[..., Page],
    tmp_path: Path,
    name: str,
    write: Callable[[Path, Page], None],
) -> None:
    write(tmp_path / name, new_page())
    reader.choose(tmp_path / name)
    expect(reader.page.locator("h2.text")).to_contain_text("供销")
    expect(reader.row("开展农资经营网点普法2次").locator(".chip")).to_have_text(["普法"])
    expect(reader.page.locator(".facts")).to_contain_text("2019 年度")
    analysis = reader.state("page.currentAnalysis()")
    unit = analysis["units"][-1]
    assert analysis["source"][unit["start"] : unit["end"]].strip()


def test_an_old_word_file_is_refused_with_what_to_do(
    reader: Reader, expected_complaints: list[str], tmp_path: Path
) -> None:
    expected_complaints.append("status of 4")
    path = tmp_path / "报告.doc"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    reader.choose(path)
    expect(reader.page.locator(".queue .failed")).to_contain_text(".docx")


@pytest.mark.parametrize(
    ("status", "type_", "headers", "expected"),
    [
        (413, "too_large", {}, "拆成几份"),
        (415, "unsupported_media_type", {}, "先另存为 .docx"),
        (429, "overloaded", {"Retry-After": "7"}, "7 秒后再试"),
        (500, "internal", {}, "联系管理员"),
        (504, "timeout", {}, "时限"),
    ],
)
def test_an_error_is_one_line_with_what_to_do(
    reader: Reader,
    expected_complaints: list[str],
    status: int,
    type_: str,
    headers: dict[str, str],
    expected: str,
) -> None:
    expected_complaints.append(f"status of {status}")
    reader.page.route("**/v1/reports", answer_with(status, error(type_, "Reason."), headers))
    reader.choose(PATHS[0])
    line = reader.page.locator(".queue .failed")
    expect(line).to_contain_text(expected)
    assert "\n" not in line.inner_text()
    expect(reader.page.locator("#workspace")).to_be_hidden()


def test_a_service_that_is_gone_is_said(reader: Reader, expected_complaints: list[str]) -> None:
    expected_complaints.append("ERR_")
    reader.page.route("**/v1/reports", lambda route: route.abort())
    reader.choose(PATHS[0])
    expect(reader.page.locator(".queue .failed")).to_contain_text("连不上服务")


def test_a_bad_file_keeps_none_of_the_others_back(
    reader: Reader, expected_complaints: list[str], tmp_path: Path
) -> None:
    expected_complaints.append("status of 4")
    bad = tmp_path / "坏.txt"
    bad.write_bytes(b"")
    reader.choose(PATHS[0], bad, PATHS[1])
    expect(reader.page.get_by_role("alert").filter(has_text="坏.txt：")).to_be_visible()
    expect(reader.page.locator("#reports option")).to_have_count(2)


def test_progress_is_shown_while_a_long_report_is_read(reader: Reader) -> None:
    reader.paste(OTHER_REPORT)
    answer = reader.state("page.currentAnalysis()")
    events = [{"event": "progress", "done": done, "total": 90} for done in (0, 45, 90)]
    lines = [json.dumps(event) for event in (*events, {"event": "result", **answer})]
    reader.page.add_init_script("window.seen = []")
    reader.page.reload()
    reader.page.route(
        "**/v1/reports",
        lambda route: route.fulfill(
            content_type="application/x-ndjson", body="\n".join(lines) + "\n"
        ),
    )
    reader.page.evaluate(
        "new MutationObserver(() => { const note = document.querySelector('#queue .quiet');"
        " if (note) window.seen.push(note.textContent); })"
        ".observe(document.body, {subtree: true, childList: true, characterData: true})"
    )
    reader.choose(PATHS[0])
    expect(reader.page.locator(".unit").first).to_be_attached()
    assert "90 / 90 句" in reader.page.evaluate("window.seen")


def test_an_error_in_the_stream_is_an_error(reader: Reader) -> None:
    lines = [
        {"event": "progress", "done": 1, "total": 2},
        {"event": "error", **error("timeout", "Late.")},
    ]
    body = "".join(json.dumps(line) + "\n" for line in lines)
    reader.page.route(
        "**/v1/reports", lambda route: route.fulfill(content_type="application/x-ndjson", body=body)
    )
    reader.choose(PATHS[0])
    expect(reader.page.locator(".queue .failed")).to_contain_text("时限")


def test_a_stream_that_breaks_off_is_an_error(reader: Reader) -> None:
    body = json.dumps({"event": "progress", "done": 1, "total": 2}) + "\n"
    reader.page.route(
        "**/v1/reports", lambda route: route.fulfill(content_type="application/x-ndjson", body=body)
    )
    reader.choose(PATHS[0])
    expect(reader.page.locator(".queue .failed")).to_contain_text("连不上服务")


def test_a_key_is_asked_for_and_kept_for_the_tab_only(
    start: Callable[..., Service], new_page: Callable[..., Page], expected_complaints: list[str]
) -> None:
    expected_complaints.append("status of 401")
    keyed = start(api_keys="right-key")
    page = new_page()
    page.goto(f"http://127.0.0.1:{keyed.address[1]}/")
    dialog = page.get_by_role("dialog", name="这个服务要求密钥")
    dialog.get_by_label("密钥").fill("wrong-key")
    dialog.get_by_role("button", name="继续").click()
    expect(page.get_by_role("alert").filter(has_text="密钥不对")).to_be_visible()
    dialog.get_by_label("密钥").fill("right-key")
    dialog.get_by_role("button", name="继续").click()
    page.wait_for_selector("html[data-ready]")
    Reader(page).paste(OTHER_REPORT)
    kept = page.evaluate(
        "[Object.values(sessionStorage), Object.values(localStorage), document.cookie]"
    )
    assert kept == [["right-key"], [], ""]
    assert "right-key" not in page.url
