"""Every error that this package raises on purpose, as one tree.

FazhiError                  anything below: one clear line for a person
├── InputError              what the caller handed in can't be used
│   ├── DocumentError       a report file: empty, damaged, encrypted, scanned
│   │   └── FormatError     a file of a format that isn't read
│   ├── RecordError         a table of units: names file, line and field
│   └── TaxonomyError       a label file that contradicts itself
├── ArtifactError           a model folder that is missing, incomplete, tampered with, or
│                           answers its golden sentences differently on this machine
└── ServiceError            a service that refuses a request, can't be reached, or answers
                            what no client can read; raised by `fazhi.client`

A message names the input, the place and the remedy, and fits on one line.
"""

from __future__ import annotations


class FazhiError(Exception):
    """Root of the tree; catching it catches nothing that is a bug."""


class InputError(FazhiError, ValueError):
    """The caller's input can't be used; the message says what to change."""


class DocumentError(InputError):
    """A report file that can't be turned into text."""


class FormatError(DocumentError):
    """A file of a format that isn't read; the message names those that are, or how to convert it."""


class RecordError(InputError):
    """A line of a JSONL or CSV table of units that can't be used."""


class TaxonomyError(InputError):
    """A taxonomy file that is malformed or contradicts itself."""


class ArtifactError(FazhiError):
    """A model folder that can't be trusted."""


class ServiceError(FazhiError):
    """A request to the service that wasn't answered as wanted.

    `status` is the HTTP status, None where no answer came. `type` is the service's own
    (`overloaded`, `invalid`, …; see its OpenAPI), or one of the client's: `connection`, `timeout`
    (none came in time) and `unreadable` (no answer of this service). `param` names the field.
    """

    def __init__(
        self, status: int | None, type_: str, message: str, param: str | None = None
    ) -> None:
        super().__init__(status, type_, message, param)  # all of them, for pickle
        self.status, self.type, self.message, self.param = status, type_, message, param

    def __str__(self) -> str:
        status = f"{self.status} " if self.status else ""
        return f"{status}{self.type}: {self.message}"
