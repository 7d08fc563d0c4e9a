from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fazhi.formulas import guard, looks_like_formula, unguard


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A"]
)
def test_what_a_spreadsheet_may_run_is_guarded(text: str) -> None:
    assert looks_like_formula(text)
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "办案42件", "1-2月", "a=b", "'普法'", "—工作"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert guard(text) == unguard(text) == text


@given(st.text("'=+-@＝－\t\n办1", max_size=6) | st.text())
def test_any_text_comes_back_and_is_never_run(text: str) -> None:
    assert unguard(guard(text)) == text
    assert not guard(text).startswith(tuple("=+-@＝＋－＠\t\r\n"))
