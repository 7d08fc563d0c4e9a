"""A link reproduces the view, and nothing of it reaches a server."""

from __future__ import annotations

import random
from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

from tests.page.reader import OTHER_REPORT, REPORT, Reader

VIEW = "#label=fangguanfu.none&role=achievement&t=0.3&context=1&lang=en"


def seen(reader: Reader) -> object:
    """What the link is to reproduce."""
    return reader.page.evaluate(
        "[...document.querySelectorAll('.unit')].map(u => [u.className, u.textContent])"
    )


def test_the_address_names_the_view_without_any_text(reader: Reader) -> None:
    reader.paste(REPORT)
    reader.page.get_by_label("判定阈值").fill("0.3")
    reader.page.locator(".toggle[data-id=fangguanfu]").click()
    reader.page.locator(".toggle[data-id=none]").click()
    reader.page.locator(".toggle[data-id=achievement]").click()
    reader.page.get_by_label("保留上下文").check()
    reader.page.get_by_role("button", name="English").click()
    assert reader.page.url.endswith("/" + VIEW)


def test_the_view_comes_back_for_whoever_opens_the_same_report(
    reader: Reader, new_page: Callable[..., Page], url: str
) -> None:
    first = Reader.open(new_page(), url + VIEW.replace("&lang=en", ""))
    expect(first.page.get_by_text("打开同一份报告")).to_be_visible()
    first.paste(REPORT)
    first.page.locator(".unit.body:not(.faint) .mark").first.click()
    again = Reader.open(new_page(), first.page.url)
    again.paste(REPORT)
    assert seen(again) == seen(first)
    expect(again.page.get_by_role("region", name="这一句")).to_be_visible()


def test_a_link_with_the_text_opens_it_and_sends_the_fragment_nowhere(
    reader: Reader, new_page: Callable[..., Page]
) -> None:
    reader.paste(OTHER_REPORT)
    reader.page.locator(".toggle[data-id=law_popularization]").click()
    reader.page.get_by_role("button", name="链接").click()
    reader.page.get_by_label("把报告全文也压缩进链接").check()
    link = reader.page.locator("#link").input_value()
    assert len(link) < 1500
    other = new_page()
    asked: list[Request] = []
    other.on("request", lambda request: asked.append(request))
    opened = Reader.open(other, link)
    expect(opened.page.locator("h2.text")).to_contain_text("供销")
    assert seen(opened) == seen(reader)
    packed = link.partition("text=")[2]
    for request in asked:
        assert packed not in str(request.headers) + str(request.post_data)
    assert [r.url.rpartition("/")[2] for r in asked if r.method == "POST"] == ["reports"]
    opened.page.reload()
    expect(opened.page.locator("h2.text")).to_contain_text(
        "供销"
    )  # the text is still in the address


def test_a_text_too_long_for_a_link_is_said(reader: Reader) -> None:
    random_ = random.Random(7)
    noise = "".join(chr(random_.randrange(0x4E00, 0x9FA5)) for _ in range(9000))
    reader.paste(f"一、工作情况\n{noise}。")
    reader.page.get_by_role("button", name="链接").click()
    expect(reader.page.get_by_text("请用下载的 HTML 文件代替")).to_be_visible()


def test_a_broken_text_is_said_and_the_page_goes_on(
    new_page: Callable[..., Page], url: str
) -> None:
    reader = Reader.open(new_page(), f"{url}#text=AAAA")
    expect(reader.page.get_by_role("alert").filter(has_text="不完整")).to_be_visible()
    reader.paste(OTHER_REPORT)


def test_nonsense_in_the_address_is_passed_over(new_page: Callable[..., Page], url: str) -> None:
    reader = Reader.open(
        new_page(), f"{url}#tab=x&t=nan&report=-3&label=.&role=%00&unit=zz&lang=fr"
    )
    reader.paste(OTHER_REPORT)
    assert reader.page.locator(".unit").count() > 3
