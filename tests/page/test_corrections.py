"""A corrected tag becomes a line that training reads."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from fazhi.records import read_records
from fazhi.taxonomy import Taxonomy
from tests.page.reader import REPORT, Reader
from training.corpus import load_corpus


def corrected(reader: Reader) -> None:
    """Call a sentence a plan about normative documents, and not about what it is about."""
    reader.paste(REPORT)
    reader.row("压减审批时限").locator(".mark").click()
    card = reader.page.get_by_role("region", name="这一句")
    card.get_by_role("radio", name="下步计划").check()
    card.get_by_role("combobox").select_option("规范性文件与立法")
    card.get_by_role("button", name="去掉主题 放管服").click()


def test_a_correction_shows_at_once_and_can_be_undone(reader: Reader) -> None:
    corrected(reader)
    row = reader.row("压减审批时限")
    expect(row.locator(".mark")).to_have_text("计")
    expect(row.locator(".chip")).to_have_text(["规范性文件与立法"])
    expect(row.get_by_text("已改正")).to_be_visible()
    reader.page.get_by_role("button", name="恢复模型的判断").click()
    expect(row.locator(".mark")).to_have_text("成")
    assert reader.state("page.state.corrections") == {}


def test_a_correction_stays_whatever_the_threshold(reader: Reader) -> None:
    corrected(reader)
    reader.page.get_by_label("判定阈值").fill("0.05")
    expect(reader.row("压减审批时限").locator(".chip")).to_have_text(["规范性文件与立法"])


def test_the_file_is_read_by_training(reader: Reader, tmp_path: Path, taxonomy: Taxonomy) -> None:
    corrected(reader)
    unit = reader.state("page.state.selected")
    reader.page.get_by_role("button", name="下载").click()
    with reader.page.expect_download() as download:
        reader.page.get_by_role("button", name="改正（JSONL").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    (record,) = read_records(path)
    assert (record.id, record.kind, record.role) == (unit, "body", "plan")
    assert record.labels == ("normative_documents",)
    assert (
        record.text == "压减审批时限。全年即办件占比由31.5%提高到58.2%。" or record.text in REPORT
    )
    assert record.heading_path
    assert [r.id for r in load_corpus(path, taxonomy).records] == [unit]


def test_without_corrections_there_is_nothing_to_save(reader: Reader) -> None:
    reader.paste(REPORT)
    reader.page.get_by_role("button", name="下载").click()
    expect(reader.page.get_by_role("button", name="改正（JSONL")).to_be_disabled()
