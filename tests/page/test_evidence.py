"""The words that carried a tag, asked for on the card."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.page.reader import REPORT, Reader


def test_the_card_shows_the_words_that_carried_each_tag(reader: Reader) -> None:
    reader.paste(REPORT)
    reader.row("抽评案卷240宗").locator(".mark").click()
    card = reader.page.get_by_role("region", name="这一句")
    card.get_by_role("button", name="凭哪些字词判断").click()
    evidence = card.locator(".evidence")
    expect(evidence.locator("mark").first).to_be_visible(timeout=30_000)
    assert evidence.locator("dt").count() == card.locator(".own-topics .chip").count() + 1
    sentence = card.locator(".quote").inner_text() + " ".join(
        reader.state("page.currentAnalysis().units.flatMap(u => [u.text, ...u.heading_path])")
    )
    for phrase in evidence.locator("mark").all_inner_texts():
        assert phrase in sentence


def test_a_service_that_fails_is_said_on_the_card(
    reader: Reader, expected_complaints: list[str]
) -> None:
    expected_complaints.append("status of 429")
    body = {"error": {"type": "overloaded", "message": "The queue is full."}}
    reader.page.route("**/v1/evidence", lambda route: route.fulfill(status=429, json=body))
    reader.paste(REPORT)
    reader.row("抽评案卷240宗").locator(".mark").click()
    reader.page.get_by_role("button", name="凭哪些字词判断").click()
    expect(reader.page.locator(".evidence [role=status]")).to_contain_text("服务正忙")
