"""Every error that this package raises on purpose, as one tree.

FazhiError                  anything below: one clear line for a person
├── InputError              what the caller handed in can't be used
│   ├── DocumentError       a report file: empty, binary, unknown format, absurdly long line
│   ├── RecordError         a table of units: names file, line and field
│   └── TaxonomyError       a label file that contradicts itself
└── ArtifactError           a model folder that is missing, incomplete, tampered with, or
                            answers its golden sentences differently on this machine

A message names the input, the place and the remedy, and fits on one line.
"""

from __future__ import annotations


class FazhiError(Exception):
    """Root of the tree; catching it catches nothing that is a bug."""


class InputError(FazhiError, ValueError):
    """The caller's input can't be used; the message says what to change."""


class DocumentError(InputError):
    """A report file that can't be turned into text."""


class RecordError(InputError):
    """A line of a JSONL or CSV table of units that can't be used."""


class TaxonomyError(InputError):
    """A taxonomy file that is malformed or contradicts itself."""


class ArtifactError(FazhiError):
    """A model folder that can't be trusted."""
