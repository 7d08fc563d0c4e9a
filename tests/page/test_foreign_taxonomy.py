"""The page with a model of another label set: no topic or role of the released one is taken for granted."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from serving.settings import Settings
from tests.foreign import TOPICS, Foreign
from tests.page.reader import OTHER_REPORT, REPORT, Reader
from tests.serving.service import running


def test_every_tab_shows_foreign_labels(new_page: Callable[..., Page], foreign: Foreign) -> None:
    with running(Settings(model=foreign.model, threads=1)) as service:
        service.classifier._thresholds = [0.0] * len(TOPICS)
        reader = Reader.open(new_page(), f"http://127.0.0.1:{service.address[1]}/")
        reader.paste(REPORT)
        body = {"name": "乙", "text": OTHER_REPORT}
        answer = service.post("/v1/reports", body).json() | {"source": OTHER_REPORT}
        expect(reader.page.locator(".unit.body .chip").first).to_be_visible()
        reader.page.evaluate("document.querySelector('.unit.body .mark').click()")
        expect(reader.page.locator("#card")).to_contain_text("钱款")
        reader.page.keyboard.press("Escape")
        first = reader.state("page.state.analyses[0]")
        reader.show([first, answer])
        for language in ("zh", "en"):
            reader.set({"language": language})
            tabs = reader.page.get_by_role("tab")
            for number in range(tabs.count()):
                tabs.nth(number).click()
                expect(tabs.nth(number)).to_have_attribute("aria-selected", "true")
        expect(reader.page.locator("body")).to_contain_text("Money")
