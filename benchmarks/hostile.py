"""Requests that no friend would send; each must get an error of the client's, or be cut off."""

from __future__ import annotations

import json

from benchmarks.connection import get, post

_BODIES = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"sentences": "text"}',
    b'{"sentences": []}',
    b'{"sentences": [1, null, {}]}',
    b'{"sentences": ["\\ud800"]}',
    b'{"sentences": ["\\u0000"]}',
    b'{"sentences": ["  "]}',
    b'{"sentences": ["a"], "threshold": 1e999}',
    b'{"sentences": ["a"], "more": true}',
    json.dumps({"sentences": ["长" * 20_001]}).encode(),
    json.dumps({"sentences": ["a"] * 2_001}).encode(),
    json.dumps({"sentences": ["\u202e🏛️" * 5_000]}).encode(),
    json.dumps({"sentences": ["q" * 20_000]}).encode(),
)

REQUESTS: tuple[bytes, ...] = (
    *(post("/v1/classify", body) for body in _BODIES),
    *(post("/v1/reports", body) for body in _BODIES),
    post("/v1/classify", b'{"sentences": ["a"]}', X_Request_Timeout_Ms="soon"),
    post("/v1/nothing", b"{}"),
    get("/v1/classify"),
    get("/%00%ff/../etc"),
    b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",  # the start of a TLS handshake
    b"POST /v1/classify HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n",
    b"POST /v1/classify HTTP/9.9\r\n\r\n",
    get("/health/live").replace(b"Host", b"X" * 70_000 + b": 1\r\nHost"),
)
