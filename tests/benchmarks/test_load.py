"""The load generator counts what a server answers; connections survive what servers do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from benchmarks.connection import LOST, Connection, HangUp, get, post
from benchmarks.load import Load, run
from tests.serving.service import Service

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def load_of(service: Service, **more: float) -> Load:
    bodies = [json.dumps({"sentences": [text]}) for text in ("组织普法宣传。", "压减材料61份。")]
    return Load(service.address[1], "/v1/classify", bodies, seconds=0.3, **more)  # type: ignore[arg-type]


def test_closed_loop(service: Service) -> None:
    outcome = run(load_of(service, concurrency=3))
    assert set(outcome.statuses) == {"200"}
    assert outcome.failures == 0
    assert outcome.statuses["200"] == len(outcome.latencies_ms) > 3
    assert 0 < min(outcome.latencies_ms) < 1000 * outcome.seconds
    assert outcome.throughput == len(outcome.latencies_ms) / outcome.seconds
    assert 0 < outcome.client_cpu_ms < 100


def test_open_loop_sends_about_as_often_as_told(service: Service) -> None:
    outcome = run(load_of(service, rate_per_second=50))
    assert 3 < outcome.statuses["200"] < 40


def test_other_answers_are_failures(service: Service) -> None:
    load = Load(service.address[1], "/v1/classify", ["{}"], seconds=0.1)
    outcome = run(load)
    assert outcome.latencies_ms == []
    assert outcome.failures == outcome.statuses["422"] > 0


def test_no_server_is_an_error_that_names_the_place() -> None:
    with pytest.raises(RuntimeError, match="load on port 1/nowhere: "):
        run(Load(1, "/nowhere", ["{}"], seconds=0.1))


def talk(handler: Handler, client: Callable[[Connection], Awaitable[None]]) -> None:
    """Run a client against a server that does what `handler` says."""

    async def both() -> None:
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        async with server:
            connection = await Connection.open(server.sockets[0].getsockname()[1])
            await client(connection)
            connection.close()

    asyncio.run(asyncio.wait_for(both(), 10))


def test_answers_in_pieces_and_one_after_the_other() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in (b"1", b"2"):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nX-Name: v\r\nContent-")
            await writer.drain()
            await asyncio.sleep(0.02)
            writer.write(b"Length: 5\r\n\r\nab")
            await asyncio.sleep(0.02)
            writer.write(b"cd" + number)
        writer.close()

    async def client(connection: Connection) -> None:
        for number in (b"1", b"2"):
            response = await connection.ask(get("/"))
            assert (response.status, response.body) == (200, b"abcd" + number)
            assert response.headers["x-name"] == "v"

    talk(handler, client)


def test_a_broken_connection_is_no_answer() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        writer.close()

    async def client(connection: Connection) -> None:
        assert (await connection.ask(get("/"))).status == LOST
        assert not connection.is_open
        assert (await connection.ask(get("/"))).status == LOST

    talk(handler, client)


def test_a_body_without_length_lasts_until_the_end() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nno")
        writer.close()

    async def client(connection: Connection) -> None:
        response = await connection.ask(get("/"))
        assert (response.status, response.body) == (400, b"no")

    talk(handler, client)


@pytest.mark.parametrize("how", list(HangUp))
def test_every_way_of_hanging_up_reaches_the_server(how: HangUp) -> None:
    ended = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        except ConnectionError:
            pass
        ended.set()
        writer.close()

    async def client(connection: Connection) -> None:
        connection.send(post("/", b"{}")[:20])
        connection.hang_up(how)
        await ended.wait()

    talk(handler, client)
