"""A real Chromium on a real service with the released model. Whatever its console complains of fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from fazhi.artifact import RELEASED_MODEL
from serving.settings import Settings
from tests.page.reader import Reader
from tests.serving.service import Service, running

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
REQUIRED = "FAZHI_PAGE_TESTS_REQUIRED"  # set by CI, where a skipped test would be a lie
NAMES = ("chromium", "chromium-browser", "google-chrome")


# Of the package, not the session: while Playwright lives, its event loop runs in the main thread, and
# no test may run one of its own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        reason = "Chromium isn't installed; on Debian: apt-get install chromium fonts-noto-cjk"
        if os.environ.get(REQUIRED):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def start() -> Iterator[Callable[..., Service]]:
    """`start(max_sentences=2)` → a service with these settings, until the last test of the page."""
    with ExitStack() as services:
        yield lambda **settings: services.enter_context(
            running(Settings(model=RELEASED_MODEL, threads=1, **settings))
        )


@pytest.fixture(scope="package")
def service(start: Callable[..., Service]) -> Service:
    return start(cache_sentences=10_000)  # the same reports are read again and again


@pytest.fixture(scope="package")
def url(service: Service) -> str:
    return f"http://127.0.0.1:{service.address[1]}/"


@pytest.fixture
def expected_complaints() -> list[str]:
    """A test adds parts of console messages that it provokes."""
    return []


@pytest.fixture
def new_page(browser: Browser, expected_complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """`new_page(viewport=PHONE, color_scheme="dark")` → a page of its own context.

    Errors in the console, uncaught ones, violations of the content security policy and requests to
    anywhere else fail the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    hosts: set[str] = set()

    def make(**options: object) -> Page:
        defaults = {"viewport": DESKTOP, "locale": "zh-CN", "reduced_motion": "reduce"}
        context = browser.new_context(**{**defaults, **options})
        context.set_default_timeout(
            30_000
        )  # of a busy machine; nothing waits that long when all is well
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        return page

    yield make
    for context in contexts:
        context.close()
    unexpected = [c for c in complaints if not any(part in c for part in expected_complaints)]
    assert not unexpected
    assert all(host.partition(":")[0] in ("127.0.0.1", "") for host in hosts if "," not in host)


@pytest.fixture
def page(new_page: Callable[..., Page], url: str) -> Page:
    """The page, opened on a desktop and ready."""
    return Reader.open(new_page(), url).page


@pytest.fixture
def reader(page: Page) -> Reader:
    return Reader(page)
