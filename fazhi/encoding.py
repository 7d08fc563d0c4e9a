"""A sentence and its headings → token ids: the only such path, for training and serving.

The input is a pair, `(headings, sentence)`. The headings are the top one, which tells the
role (工作情况, 存在问题, 下一步), and the two nearest, which tell the topic; none leaves the first
text empty. Their numbers and years say nothing of either and are left out (2025年工作计划 stands
in a report on 2024).

Cut rule: each heading keeps its first `max_heading_tokens` (fewer where three such headings
would fill more than half of the input), then the sentence keeps what still fits into
`max_length_tokens`, from its beginning. `truncated` speaks of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from fazhi.markers import strip_marker
from fazhi.normalize import normalize, squeeze

_NEAREST_HEADINGS = 2  # besides the top one
_YEAR = re.compile(r"(?:19|20)\d\d年(?:度|以来|来)?")

# No vocabulary in use has longer pieces; characters beyond can't change the kept tokens.
_MAX_CHARACTERS_PER_TOKEN = 32


@dataclass(frozen=True)
class Sentence:
    """A sentence to classify and the headings above it, topmost first."""

    text: str
    heading_path: tuple[str, ...] = ()


@dataclass(frozen=True)
class EncodingSettings:
    """What training and serving must agree on; saved into the artifact."""

    max_length_tokens: int = field(
        default=192, metadata={"help": "whole input, special tokens included"}
    )
    max_heading_tokens: int = field(default=24, metadata={"help": "kept of each heading"})


@dataclass(frozen=True)
class EncodedSentence:
    """Token ids of one input, special tokens included."""

    ids: list[int]
    type_ids: list[int]
    truncated: bool
    has_headings: bool = False

    @property
    def n_tokens(self) -> int:
        """Length of the input in tokens, special tokens included."""
        return len(self.ids)


class Encoder:
    """Joins, tokenises and cuts. Holds a tokenizer that it configures: don't share that one."""

    def __init__(self, tokenizer: Tokenizer, settings: EncodingSettings) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._template = _PairTemplate(tokenizer)
        self.settings = settings
        self._room = max(settings.max_length_tokens - self._template.n_special, 0)
        self._max_heading_tokens = min(
            settings.max_heading_tokens, self._room // (2 * (1 + _NEAREST_HEADINGS))
        )
        ids = [tokenizer.token_to_id(token) for token in ("[PAD]", "<pad>")]
        self.pad_id: int = next((i for i in ids if i is not None), 0)

    def encode(self, sentences: Sequence[Sentence]) -> list[EncodedSentence]:
        """Encode sentences, in order. Never raises on any text."""
        texts, cut_before = [], []
        limit = self.settings.max_length_tokens * _MAX_CHARACTERS_PER_TOKEN
        for sentence in sentences:
            text = _clean(sentence.text[: 2 * limit])
            texts.append(text[:limit])
            cut_before.append(len(sentence.text) > 2 * limit or len(text) > limit)
        contexts = self._contexts([s.heading_path for s in sentences])
        encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        encoded = []
        for context, encoding, cut in zip(contexts, encodings, cut_before, strict=True):
            room = self._room - len(context)
            truncated = cut or len(encoding) > room
            encoded.append(self._template.join(context, encoding.ids[:room], truncated))
        return encoded

    def pieces(self, text: str) -> list[tuple[int, int]]:
        """Where the tokenizer's pieces stand in a text, which isn't cleaned; often whole words."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def _contexts(self, heading_paths: Sequence[tuple[str, ...]]) -> list[list[int]]:
        """Token ids of the joined headings for each path; a path that recurs is encoded once."""
        distinct = list(dict.fromkeys(heading_paths))
        kept_of = [read_headings(path) for path in distinct]
        headings = list(dict.fromkeys(heading for kept in kept_of for heading in kept))
        cleaned = [_bare(h[: self._max_heading_characters]) for h in headings]
        encodings = self._tokenizer.encode_batch(cleaned, add_special_tokens=False)
        cut = [encoding.ids[: self._max_heading_tokens] for encoding in encodings]
        by_heading = dict(zip(headings, cut, strict=True))
        by_path = {
            path: [i for heading in dict.fromkeys(kept) for i in by_heading[heading]]
            for path, kept in zip(distinct, kept_of, strict=True)
        }
        return [by_path[path] for path in heading_paths]

    @property
    def _max_heading_characters(self) -> int:
        return 2 * self._max_heading_tokens * _MAX_CHARACTERS_PER_TOKEN


class _PairTemplate:
    """Special tokens around and between two texts.

    `Encoding.truncate` and `post_process` would do as well, but keep every combination of
    what was cut off: minutes for a long sentence below two long headings.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        pair = tokenizer.encode("一", "一")
        self._ids, self._type_ids = pair.ids, pair.type_ids
        first, second = (
            [i for i, text in enumerate(pair.sequence_ids) if text == number] for number in (0, 1)
        )
        self._first, self._second = slice(first[0], first[-1] + 1), slice(second[0], second[-1] + 1)
        self.n_special = len(pair) - len(first) - len(second)

    def join(self, first: list[int], second: list[int], truncated: bool) -> EncodedSentence:
        """The input of two texts, given as token ids."""
        first_types = [self._type_ids[self._first.start]] * len(first)
        second_types = [self._type_ids[self._second.start]] * len(second)
        return EncodedSentence(
            self._fill(self._ids, first, second),
            self._fill(self._type_ids, first_types, second_types),
            truncated,
            has_headings=bool(first),
        )

    def _fill(self, values: list[int], first: list[int], second: list[int]) -> list[int]:
        """`values` of the template with the two texts in their places."""
        filled = list(values)
        filled[self._second] = second
        filled[self._first] = first
        return filled


def read_headings(heading_path: Sequence[str]) -> tuple[str, ...]:
    """The headings of a path that are read, topmost first: the top one and the two nearest."""
    return (*heading_path[:1], *heading_path[1:][-_NEAREST_HEADINGS:])


def collate(batch: Sequence[EncodedSentence], pad_id: int) -> dict[str, NDArray[np.int64]]:
    """Pad to the longest: `input_ids`, `attention_mask`, `token_type_ids`, each (batch, length)."""
    shape = (len(batch), max(sentence.n_tokens for sentence in batch))
    input_ids = np.full(shape, pad_id, dtype=np.int64)
    attention_mask = np.zeros(shape, dtype=np.int64)
    token_type_ids = np.zeros(shape, dtype=np.int64)
    for row, sentence in enumerate(batch):
        input_ids[row, : sentence.n_tokens] = sentence.ids
        attention_mask[row, : sentence.n_tokens] = 1
        token_type_ids[row, : sentence.n_tokens] = sentence.type_ids
    return {
        "input_ids": input_ids,
        "attention_mask": attention_mask,
        "token_type_ids": token_type_ids,
    }


def _clean(text: str) -> str:
    return squeeze(normalize(text).text)


def _bare(heading: str) -> str:
    return _YEAR.sub("", strip_marker(_clean(heading)))
