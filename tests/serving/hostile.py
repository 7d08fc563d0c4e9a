"""Requests that no honest client sends, made from the examples of an OpenAPI document.

The same document, number and seed give the same requests.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.serving.document import Document, bodies_of, operations, takes_files
from tests.serving.hostile_forms import FORMS, MEGABYTE, Made, random_size
from tests.serving.hostile_texts import TEXTS

JSON = "application/json"
NUMBERS = [
    "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "-0", "-0.0", "9" * 400, "9" * 5_000,
    "0." + "3" * 5_000, "1E+2", "18446744073709551616", "0x10", "01", ".5", "1.", "+1", "1_000", "１",
]  # fmt: skip
VALUES = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    "",
    "法",
    [],
    {},
    [None],
    [[]],
    {"": ""},
    [1, "a", None],
    {"text": 1},
]
CHARSETS = [
    "gb18030",
    "big5",
    "utf-16",
    "utf-16-le",
    "utf-32",
    "utf-7",
    "shift_jis",
    "cp037",
    "utf-8-sig",
]
MEDIA_TYPES = [
    "", "json", "text/plain", "text/json", "application/xml", "application/x-www-form-urlencoded",
    "multipart/form-data", "multipart/form-data; boundary=x", "application/octet-stream", "*/*",
    "application/json, text/plain", "application/json; charset=gb18030", "application/json;;;=", "a" * 5_000,
]  # fmt: skip
HEADERS = [
    ("Content-Encoding", "gzip"), ("Content-Encoding", "br"), ("Accept", "text/html"), ("Accept", "\\"),
    ("X-Request-ID", "a" * 5_000), ("X-Request-ID", "../\t{}"), ("X-Request-Timeout-Ms", "soon"),
    ("X-Request-Timeout-Ms", "9" * 40), ("X-Request-Timeout-Ms", "NaN"), ("Authorization", "Bearer"),
    ("Authorization", "Basic ////"), ("Expect", "200-ok"), ("Range", "bytes=0-1"), ("Cookie", ";=;" * 500),
    ("X-HTTP-Method-Override", "DELETE"), ("Forwarded", "for=\"[\""), ("X-Forwarded-For", "a, b"),
    ("Origin", "null"), ("If-Match", "*"), ("TE", "trailers, deflate;q=2"),
]  # fmt: skip


@dataclass(frozen=True)
class Hostile:
    """A request; a chunked one is sent in pieces without its length."""

    kind: str
    path: str  # as the document writes it
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    is_chunked: bool = False


def hostile_requests(document: Document, number: int, seed: int = 0) -> Iterator[Hostile]:
    """Yield `number` requests to the operations that take JSON, every kind in turn.

    Forms go to the operations that take files.
    """
    targets = [
        (path, bodies_of(operation, document))
        for method, path, operation in operations(document)
        if method == "post" and bodies_of(operation, document) != [None]
    ]
    with_files = [
        (path, [None]) for _, path, operation in operations(document) if takes_files(operation)
    ]
    kinds = list(KINDS.items())
    for i in range(number):
        random = Random(f"{seed}-{i}")  # so that one alone can be made again
        kind, make = kinds[i % len(kinds)]
        path, examples = random.choice(with_files if kind in FORMS else targets)
        body, headers = make(random, random.choice(examples))
        if random.random() < 0.1:
            headers = dict([random.choice(HEADERS)]) | headers
        is_chunked = random.random() < 0.15
        yield Hostile(kind, path, body, {"Content-Type": JSON} | headers, is_chunked)


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from _places(inner, (*place, key))


def _replaced(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    copy = value.copy()
    copy[place[0]] = _replaced(value[place[0]], place[1:], new)
    return copy


def _with(random: Random, example: Any, new: Any) -> Any:
    """The example with `new` anywhere in it, mostly deep."""
    places = list(_places(example))
    return _replaced(example, max(random.sample(places, min(2, len(places))), key=len), new)


def _dumps(random: Random, value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")


def _literal(random: Random, example: Any, literal: str) -> bytes:
    """The example with something that `json` wouldn't write."""
    return _dumps(random, _with(random, example, "@@")).replace(b'"@@"', literal.encode())


def _any_json(random: Random, depth: int = 3) -> Any:
    if depth and random.random() < 0.6:
        inner = [_any_json(random, depth - 1) for _ in range(random.randrange(5))]
        return inner if random.random() < 0.5 else {random.choice(TEXTS): x for x in inner}
    return random.choice([*VALUES, *TEXTS])


def _types(random: Random, example: Any) -> Made:
    return _dumps(random, _with(random, example, random.choice(VALUES))), {}


def _structure(random: Random, example: Any) -> Made:
    return _dumps(random, _with(random, example, _any_json(random))), {}


def _text(random: Random, example: Any) -> Made:
    text = "".join(random.choices(TEXTS, k=random.randrange(1, 4)))
    return _dumps(random, _with(random, example, text)), {}


def _one_token(random: Random, example: Any) -> Made:
    text = random.choice(["a", "字", "1", "\u0301", "😀", "\u200b", "#", "a\u0301", "…", "\u3000"])
    return _dumps(random, _with(random, example, text * random_size(random, MEGABYTE))), {}


def _many(random: Random, example: Any) -> Made:
    item = random.choice(
        ["法。", "", 1, None, {}, {"text": "法。"}, {"text": "法", "heading_path": ["一"] * 9}]
    )
    return _dumps(random, _with(random, example, [item] * random_size(random, 30_000))), {}


def _many_fields(random: Random, example: Any) -> Made:
    fields = {f"{random.choice(TEXTS)}{i}": i for i in range(random_size(random, 20_000))}
    return _dumps(random, _with(random, example, fields)), {}


def _nesting(random: Random, example: Any) -> Made:
    depth = random_size(random, 200_000)
    opening, closing = random.choice([("[", "]"), ('{"a":', "}"), ('[{"text":', "}]"), ("[[", "")])
    return _literal(random, example, opening * depth + "1" + closing * depth), {}


def _numbers(random: Random, example: Any) -> Made:
    if isinstance(example, dict) and random.random() < 0.5:
        example = {**example, "threshold": 0}
        return json.dumps(example)[:-2].encode() + random.choice(NUMBERS).encode() + b"}", {}
    return _literal(random, example, random.choice(NUMBERS)), {}


def _duplicate_keys(random: Random, example: Any) -> Made:
    body = _dumps(random, example)
    if not body.startswith(b"{"):
        return body * 2, {}
    other = _dumps(random, _with(random, example, random.choice(VALUES)))
    return body[:-1] + b"," + (other[1:] if other.startswith(b"{") else b'"":1}'), {}


def _charsets(random: Random, example: Any) -> Made:
    text = json.dumps(example, ensure_ascii=False)
    charset = random.choice(CHARSETS)
    body = text.encode(charset, "replace")
    if random.random() < 0.4:  # one half in another
        body = (
            body[: len(body) // 2]
            + text.encode(random.choice(CHARSETS), "replace")[len(text) // 2 :]
        )
    return body, {"Content-Type": f"{JSON}; charset={charset}"} if random.random() < 0.5 else {}


def _broken_utf8(random: Random, example: Any) -> Made:
    bad = random.choice(
        [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe6\xb3", b"\x80"]
    )
    return _dumps(random, _with(random, example, "@@")).replace(
        b"@@", bad * random_size(random, 1_000)
    ), {}


def _flipped(random: Random, example: Any) -> Made:
    body = bytearray(_dumps(random, example))
    for _ in range(random.randrange(1, 8)):
        body[random.randrange(len(body))] = random.randrange(256)
    return bytes(body), {}


def _cut_or_trailed(random: Random, example: Any) -> Made:
    body = _dumps(random, example)
    tail = random.choice(
        [b"]", b"}", b",", b"\x00", b"//", body, b"\n" * 1_000, b" " * 10_000, b"\xef\xbb\xbf"]
    )
    return (body[: random.randrange(len(body))] if random.random() < 0.5 else body + tail), {}


def _noise(random: Random, _: Any) -> Made:
    return random.randbytes(random_size(random, 100_000)), {}


def _compressed(random: Random, example: Any) -> Made:
    body = _dumps(random, example)
    if random.random() < 0.3:  # a bomb
        body = b'{"text":"' + b"a" * 20 * MEGABYTE + b'"}'
    packed, name = random.choice([(gzip.compress, "gzip"), (zlib.compress, "deflate")])
    return packed(body, 1), {"Content-Encoding": name} if random.random() < 0.8 else {}


def _media_type(random: Random, example: Any) -> Made:
    return _dumps(random, example), {"Content-Type": random.choice(MEDIA_TYPES)}


def _headers(random: Random, example: Any) -> Made:
    return _dumps(random, example), dict(random.sample(HEADERS, 3))


def _empty_or_too_large(random: Random, example: Any) -> Made:
    if random.random() < 0.9:  # it takes long
        return b"", {}
    return b" " * 10 * MEGABYTE + _dumps(random, example), {}


KINDS: dict[str, Callable[[Random, Any], Made]] = {
    make.__name__.lstrip("_"): make
    for make in (
        _types, _structure, _text, _one_token, _many, _many_fields, _nesting, _numbers, _duplicate_keys,
        _charsets, _broken_utf8, _flipped, _cut_or_trailed, _noise, _compressed, _media_type, _headers,
        _empty_or_too_large,
    )
} | FORMS  # fmt: skip
