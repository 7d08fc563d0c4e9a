"""`python -m tests.serving.fuzz [--number 10000]`: hostile requests against `fazhi serve`.

Prints how many of each kind got which status, and fails at an answer of 5xx or that the OpenAPI
document doesn't list, at one that takes too long, and at memory that grows.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.serving.document import Document, check_listed, with_examples
from tests.serving.hostile import Hostile, hostile_requests

FAZHI = Path(sys.executable).with_name("fazhi")
MAX_SECONDS = 30  # of one answer
MAX_ERROR_BYTES = 2_000  # an error says what is wrong and doesn't repeat it
MAX_GROWTH_MIB = 150  # after the first tenth; the allocator keeps memory of the largest bodies


def send(client: httpx.Client, hostile: Hostile, document: Document) -> httpx.Response:
    """Send a request and check its answer; the client has the time limit.

    Raises:
        AssertionError: the answer is none that an honest service gives.
        httpx.TimeoutException: there was none in time.
    """
    operation = document["paths"][hostile.path]["post"]
    response = client.post(
        with_examples(hostile.path, operation),
        content=_pieces(hostile.body) if hostile.is_chunked else hostile.body,
        headers=hostile.headers,
    )
    assert response.status_code < 500, f"{response.status_code}: {response.text[:500]}"
    check_listed(response, operation, document)
    if response.status_code >= 400:
        assert len(response.content) <= MAX_ERROR_BYTES
    return response


def _pieces(body: bytes) -> Iterator[bytes]:
    size = max(1, len(body) // 7)
    yield from (body[start : start + size] for start in range(0, len(body), size))


def resident_mib(process_id: int) -> float:
    """Memory of a process and of those that it started."""
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    status = Path(f"/proc/{process_id}/status").read_text()
    kib = int(re.findall(r"VmRSS:\s*(\d+)", status)[0])
    return kib / 1024 + sum(resident_mib(int(child)) for child in children)


def main() -> None:
    """Start the service and fuzz it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="models/fazhi-small")
    given = parser.parse_args()
    command = [FAZHI, "serve", "--port", "0", "--model", given.model]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as service:
        try:
            assert service.stdout is not None
            announced = re.search(r"http://\S+:\d+", service.stdout.readline())
            assert announced, "the service didn't start"
            with httpx.Client(
                base_url=announced.group(), timeout=MAX_SECONDS, trust_env=False
            ) as client:
                fuzz(client, service.pid, given.number, given.seed)
        finally:
            service.terminate()


def fuzz(client: httpx.Client, process_id: int, number: int, seed: int) -> None:
    """Send everything, then print the counts and what memory did."""
    document = client.get("/openapi.json").json()
    statuses: dict[str, Counter[int]] = defaultdict(Counter)
    slowest, failures, memory = 0.0, 0, []
    for i, hostile in enumerate(hostile_requests(document, number, seed)):
        if i % max(1, number // 10) == 0:
            memory.append(resident_mib(process_id))
        try:
            response = send(client, hostile, document)
        except (AssertionError, httpx.HTTPError) as error:
            failures += 1
            print(f"number {i}, {hostile.kind}, {hostile.path}: {error!r} {hostile.body[:200]!r}")
            continue
        statuses[hostile.kind][response.status_code] += 1
        slowest = max(slowest, response.elapsed.total_seconds())
    memory.append(resident_mib(process_id))

    for kind, counts in statuses.items():
        print(f"{kind:<16}", "  ".join(f"{status}: {n}" for status, n in sorted(counts.items())))
    print(f"slowest answer {slowest:.2f} s; memory in MiB", *(f"{mib:.0f}" for mib in memory))
    growth = memory[-1] - memory[min(1, len(memory) - 1)]
    print(f"{number} requests, {failures} failures, memory grew by {growth:.0f} MiB")
    if failures or growth > MAX_GROWTH_MIB:
        sys.exit(1)


if __name__ == "__main__":
    main()
