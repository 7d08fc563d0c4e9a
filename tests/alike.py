"""Comparing answers whose scores may differ a little."""

from __future__ import annotations

from typing import Any

import pytest

# int8 scores move a little between kinds of CPU, and with the sentences of the same batch.
SCORE_TOLERANCE = 0.1


def assert_alike(got: Any, expected: Any) -> None:
    """Equal, but for floats, which may differ by the tolerance."""
    if isinstance(expected, float):
        assert got == pytest.approx(expected, abs=SCORE_TOLERANCE)
    elif isinstance(expected, dict):
        assert got.keys() == expected.keys()
        for key in expected:
            assert_alike(got[key], expected[key])
    elif isinstance(expected, list):
        assert len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            assert_alike(a, b)
    else:
        assert got == expected
