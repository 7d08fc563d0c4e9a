"""Hostile requests get a listed answer below 500; `make fuzz` sends many more to a real process."""

from __future__ import annotations

from tests.serving.fuzz import send
from tests.serving.hostile import KINDS, hostile_requests
from tests.serving.service import Service

NUMBER = 300


def test_hostile_requests_get_an_answer_that_the_document_lists(service: Service) -> None:
    requests = list(hostile_requests(service.openapi, NUMBER))
    assert {request.kind for request in requests} == set(KINDS)
    statuses = {send(service.client, request, service.openapi).status_code for request in requests}
    assert {200, 400, 413, 415, 422} <= statuses


def test_same_seed_gives_the_same_requests(service: Service) -> None:
    number = len(KINDS)
    first = list(hostile_requests(service.openapi, number, seed=1))
    assert first == list(hostile_requests(service.openapi, number, seed=1))
    assert first != list(hostile_requests(service.openapi, number, seed=2))
