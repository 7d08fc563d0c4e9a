"""What a reader does on the page, by the names that a reader sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page

from tests.tiny import REPORTS

REPORT = (REPORTS / "open-heling-county.txt").read_text("utf-8")
OTHER_REPORT = (REPORTS / "held-litai-coop.txt").read_text("utf-8")


@dataclass(frozen=True)
class Reader:
    page: Page

    @classmethod
    def open(cls, page: Page, url: str) -> Reader:
        page.goto(url)
        page.wait_for_selector("html[data-ready]")
        return cls(page)

    def paste(self, text: str) -> None:
        """Paste a report, have it read and wait until it is there."""
        self.page.get_by_label("或者粘贴报告全文").fill(text)
        self.page.get_by_role("button", name="阅读").click()
        self.page.wait_for_selector("#workspace:not([hidden]) .unit")

    def choose(self, *paths: Any) -> None:
        self.page.set_input_files("#files", list(paths))

    @property
    def rows(self) -> Locator:
        """Sentences in sight, as far as the filter goes."""
        return self.page.locator(".unit.body:not(.out)")

    def row(self, text: str) -> Locator:
        return self.page.locator(".unit", has_text=text).first

    def set(self, fields: dict[str, Any]) -> None:
        """Change the page's state as its own modules do, and wait until it shows."""
        self.page.evaluate(
            """async (fields) => {
              const path = document.querySelector("script[src]").src.replace("app.js", "state.js");
              (await import(path)).update(fields);
              await new Promise(requestAnimationFrame);
            }""",
            fields,
        )

    def show(self, answers: list[dict[str, Any]]) -> None:
        """Have these answers of the service on the page."""
        self.set({"analyses": answers})

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name, exact=True).click()

    def state(self, expression: str) -> Any:
        """A value of the page's own module, e.g. `page.state.filter.labels`."""
        path = self.page.evaluate(
            "document.querySelector('script[src]').src.replace('app.js', 'state.js')"
        )
        function = f"async (path) => {{ const page = await import(path); return {expression}; }}"
        return self.page.evaluate(function, path)
