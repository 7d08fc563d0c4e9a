"""Submissions → reports, a few at a time: reading a file takes far longer than asking for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from fazhi.documents import check_text, decode_document
from fazhi.errors import DocumentError, FormatError
from fazhi.report import Report, parse_report
from serving.errors import ApiError, ErrorType, overloaded
from serving.settings import Settings
from serving.submissions import Submission

T = TypeVar("T")
_RETRY_AFTER_SECONDS = 2


class UnreadableError(ApiError):
    """A submission that isn't a report; the message says why."""


@dataclass(frozen=True)
class ReadReport:
    """A report with its name; `source` is the text of a file, None where the client has it."""

    name: str
    report: Report
    source: str | None


class Readers:
    """Threads that read reports and what they say, apart from those that prepare sentences.

    Otherwise a few slow files would stand before every single sentence.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._requests = 0
        self._threads = ThreadPoolExecutor(settings.threads_per_worker, thread_name_prefix="reader")

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Holds a request's place while its reports are read.

        Raises:
            ApiError: too many requests are in already.
        """
        if self._requests >= self._settings.max_queue_reports:
            raise overloaded(
                "Too many requests wait for their reports to be read", _RETRY_AFTER_SECONDS
            )
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1

    async def read(self, submission: Submission) -> ReadReport:
        """Decode a submission and cut it into units. Cancelling it drops it from the queue.

        Raises:
            UnreadableError: it holds no report, or one over a limit.
        """
        return await self.run(_read, submission, self._settings)

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Run `work(*arguments)` in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def close(self) -> None:
        """Refuse new work; what runs isn't awaited."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _read(submission: Submission, settings: Settings) -> ReadReport:
    param, content = submission.param, submission.content
    try:
        if isinstance(content, str):
            _check_length(content, settings, param)
            check_text(content, param)
            report = parse_report(content)
            name, source = submission.name, None
        else:
            source = decode_document(content, submission.name).text
            _check_length(source, settings, param)
            report = parse_report(source)
            name = PurePath(submission.name).stem
    except FormatError as error:
        raise UnreadableError(ErrorType.UNSUPPORTED_MEDIA_TYPE, f"{error}.", param) from None
    except DocumentError as error:
        raise UnreadableError(ErrorType.INVALID, f"{error}.", param) from None
    check_units(len(report.units), settings, param)
    return ReadReport(name, report, source)


def check_units(number: int, settings: Settings, param: str | None = None) -> None:
    """Refuse more units than the reports of one request may have.

    Raises:
        UnreadableError: TOO_LARGE, naming `param`.
    """
    limit = settings.max_units
    if number > limit:
        message = f"{number} units; the reports of one request have at most {limit} (max_units)."
        raise UnreadableError(ErrorType.TOO_LARGE, message, param)


def _check_length(text: str, settings: Settings, param: str) -> None:
    limit = settings.max_report_characters
    if len(text) > limit:
        message = f"{len(text)} characters; a report has at most {limit} (max_report_characters)."
        raise UnreadableError(ErrorType.TOO_LARGE, message, param)


async def _readers(request: Request) -> Readers:
    readers: Readers = request.app.state.readers
    return readers


AppReaders = Annotated[Readers, Depends(_readers)]
