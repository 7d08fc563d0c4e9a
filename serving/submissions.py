"""The reports of a request as they were sent: JSON with texts, or multipart/form-data with files."""

from __future__ import annotations

import json
import os.path
import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from fazhi.normalize import INVISIBLE
from serving.errors import MAX_QUOTED_CHARACTERS, ApiError, ClientGoneError, ErrorType
from serving.limits import AppSettings, media_type_of, unsupported
from serving.report_schemas import MAX_NAME_CHARACTERS, CompareRequest, ReportRequest

JSON, MULTIPART = "application/json", "multipart/form-data"
FIELD = "file"
_MAX_SUFFIX_CHARACTERS = 20

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Submission:
    """A report to read: a text, or the bytes of a file. `param` is the field that errors name."""

    name: str
    param: str
    content: str | bytes


async def _report(request: Request) -> Submission:
    if _media_type(request) == JSON:
        body = await _read_json(request, ReportRequest)
        return Submission(body.name, "text", body.text)
    (file,) = await _read_files(request, max_files=1)
    return file


async def _reports(request: Request, settings: AppSettings) -> list[Submission]:
    limit = settings.max_reports
    if _media_type(request) == MULTIPART:
        return await _read_files(request, limit)
    body = await _read_json(request, CompareRequest)
    if len(body.reports) > limit:
        raise _too_many(limit, "reports")
    return [
        Submission(report.name, f"reports[{i}].text", report.text)
        for i, report in enumerate(body.reports)
    ]


OneReport = Annotated[Submission, Depends(_report)]
ManyReports = Annotated[list[Submission], Depends(_reports)]


def _media_type(request: Request) -> str:
    media_type = media_type_of(request)
    if media_type not in (JSON, MULTIPART):
        raise unsupported(request, f"{JSON} or {MULTIPART}")
    return media_type


async def _read_json(request: Request, model: type[M]) -> M:
    """The body as FastAPI would read it, which knows routes with one media type only."""
    try:
        body = await request.body()
        if not body:
            raise ApiError(ErrorType.INVALID, "body: Field required.")
        return model.model_validate(json.loads(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise RequestValidationError([{**first, "loc": ("body", *first["loc"])}]) from None
    except json.JSONDecodeError as error:
        reason = error.msg
    except ClientDisconnect:
        raise ClientGoneError from None
    except (ValueError, RecursionError):
        reason = "not UTF-8, nested too deeply, or a number with too many digits"
    raise ApiError(ErrorType.MALFORMED, f"The body isn't valid JSON: {reason}.")


class _Parser(MultiPartParser):
    spool_max_size = 0  # no file: the body has a limit, and texts never touch the disk
    is_whole = False

    def on_end(self) -> None:
        self.is_whole = True

    def close(self) -> None:
        """Free all files, those of a part without an end as well."""
        for file in self._files_to_close_on_error:
            file.close()


async def _read_files(request: Request, max_files: int) -> list[Submission]:
    """The files of a form whose only field is `file`, of which there is at least one."""
    parser = _Parser(request.headers, request.stream(), max_files=max_files, max_fields=1)
    try:
        form = await _parse(parser)
        if not form:
            raise ApiError(ErrorType.INVALID, f"{FIELD}: Field required.", FIELD)
        return [await _submission(field, value) for field, value in form.multi_items()]
    finally:
        parser.close()


async def _parse(parser: _Parser) -> FormData:
    try:
        form = await parser.parse()
        reason = "" if parser.is_whole else "it ends before its last boundary."
    except ClientDisconnect:
        raise ClientGoneError from None
    except MultiPartException as error:
        if "Too many files" in error.message:
            raise _too_many(int(parser.max_files), FIELD) from None
        reason = error.message
    except ValueError:  # the declared charset is none of texts
        reason = "its headers can't be decoded."
    if reason:
        message = f"The body isn't valid multipart/form-data: {reason}"
        raise ApiError(ErrorType.MALFORMED, message)
    return form


async def _submission(field: str, value: UploadFile | str) -> Submission:
    if field != FIELD or not isinstance(value, UploadFile):
        place = _printable(field)[:MAX_QUOTED_CHARACTERS]
        message = f"{place}: not a file with a name in the field `{FIELD}`."
        raise ApiError(ErrorType.INVALID, message, place)
    return Submission(_file_name(value.filename or ""), FIELD, await value.read())


def _too_many(limit: int, param: str) -> ApiError:
    message = f"{param}: one request takes {limit} reports (max_reports)."
    if param == FIELD and limit == 1:
        message = f"{param}: one request takes one file; /v1/compare takes several."
    return ApiError(ErrorType.TOO_LARGE, message, param)


def _printable(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) not in INVISIBLE)


def _file_name(sent: str) -> str:
    """The last part of what may be a path, on one line and not too long."""
    stem, suffix = os.path.splitext(_printable(re.split(r"[/\\]", sent)[-1]).strip())
    suffix = suffix[:_MAX_SUFFIX_CHARACTERS]
    return (stem[: MAX_NAME_CHARACTERS - len(suffix)] or "report") + suffix
