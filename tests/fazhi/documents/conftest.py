from __future__ import annotations

import pytest

from fazhi import documents
from fazhi.documents.worker import reader


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in the process of the test, which is quicker than one for each."""
    monkeypatch.setattr(
        documents, "read_in_child", lambda data, name, format_: reader(format_)(data, name)
    )
