"""Sentences → bodies of `POST /v1/classify`, none over the service's limits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from fazhi.client.results import Limits
from fazhi.errors import InputError


class SentenceLike(Protocol):
    """A sentence with the headings above it, topmost first; may also have an `id`, text or None.

    `fazhi.Sentence` and `fazhi.Record` are such.
    """

    @property
    def text(self) -> str:
        """The sentence itself."""

    @property
    def heading_path(self) -> Sequence[str]:
        """The headings above it."""


_START = b'{"sentences": ['
AnySentence = str | SentenceLike | Mapping[str, Any]


def encode_sentences(sentences: Iterable[AnySentence]) -> list[bytes]:
    """Each sentence as JSON.

    Raises:
        InputError: one of them is no sentence; names its position.
    """
    if isinstance(sentences, str | Mapping):
        raise InputError("sentences: one by itself isn't a list; put it into [ ]")
    return [_encode(sentence, number) for number, sentence in enumerate(sentences)]


def bodies(
    encoded: Sequence[bytes], threshold: float | None, limits: Limits | None
) -> Iterator[tuple[range, bytes]]:
    """Bodies that hold all sentences, in order, each with the positions of its sentences.

    A sentence that is over the limit by itself stands alone, for the service to refuse.

    Raises:
        InputError: `threshold` is no number.
    """
    end = b"]}"
    if threshold is not None:
        end = b'], "threshold": %s}' % to_json(threshold, "threshold")
    start, size = 0, 0
    for number, sentence in enumerate(encoded):
        size += len(sentence) + 1
        is_full = limits is not None and (
            number - start >= limits.max_sentences
            or size + len(_START) + len(end) > limits.max_body_bytes
        )
        if is_full and number > start:
            yield range(start, number), _START + b",".join(encoded[start:number]) + end
            start, size = number, len(sentence) + 1
    if encoded:
        yield range(start, len(encoded)), _START + b",".join(encoded[start:]) + end


def to_json(value: object, place: str) -> bytes:
    """JSON in UTF-8.

    Raises:
        InputError: names the place of what can't be sent.
    """
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:  # ValueError: half of a surrogate pair
        raise InputError(f"{place}: can't be sent as JSON: {error}") from None


def _encode(sentence: AnySentence, number: int) -> bytes:
    form: Any = sentence
    if not isinstance(sentence, str | Mapping):
        try:
            path = sentence.heading_path
            # A path that is one text would come apart into characters; the service refuses it.
            form = {
                "text": sentence.text,
                "heading_path": path if isinstance(path, str) else [*path],
            }
        except (AttributeError, TypeError):
            raise InputError(
                f"sentences[{number}]: {type(sentence).__name__} is neither text nor an object "
                "with `text` and `heading_path`"
            ) from None
        identifier = getattr(sentence, "id", None)
        form |= {} if identifier is None else {"id": identifier}
    elif isinstance(sentence, Mapping):
        form = dict(sentence)
    return to_json(form, f"sentences[{number}]")
