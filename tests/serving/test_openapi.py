"""The OpenAPI document is true: its examples run, and no answer is one that it doesn't list."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.serving.document import (
    bodies_of,
    check_listed,
    operations,
    takes_files,
    with_examples,
)
from tests.serving.service import Service

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
MAX_EXAMPLES = 50  # of each operation, beside those that schemathesis derives from the schema


def test_no_answer_is_one_that_the_document_doesnt_list(service: Service, tmp_path: Path) -> None:
    """The checks of schemathesis: statuses, media types, schemas, wrong methods, bad data.

    Its command, because its pytest fixtures don't work with the pytest of this project. Not that data
    which fit the schema are accepted: other servers' contracts have rules that a schema can't say.
    Nor with deadlines, which would rightly end in 504.
    """
    document = service.client.get("/openapi.json").json()
    for _, _, operation in operations(document):
        parameters = operation.get("parameters", [])
        operation["parameters"] = [p for p in parameters if p["name"] != "X-Request-Timeout-Ms"]
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    arguments = f"--max-examples {MAX_EXAMPLES} --generation-deterministic --continue-on-failure "
    arguments += "--exclude-checks positive_data_acceptance"
    url = f"http://{service.address[0]}:{service.address[1]}"
    done = subprocess.run(
        [
            SCHEMATHESIS,
            "run",
            "openapi.json",
            "--url",
            url,
            *arguments.split(),
            "--request-timeout",
            "30",
            "--no-color",
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        cwd=tmp_path,  # it writes files
        env={**os.environ, "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    number = len(list(operations(service.openapi)))
    assert f"{number} selected / {number} total" in done.stdout
    assert f"Tested: {number}" in done.stdout


def test_every_example_of_every_operation_runs(service: Service) -> None:
    for method, path, operation in operations(service.openapi):
        bodies = bodies_of(operation, service.openapi)
        assert bodies, f"{method} {path} has no example"
        for body in bodies:
            response = service.client.request(method, with_examples(path, operation), json=body)
            assert response.is_success, (method, path, response.text)
            check_listed(response, operation, service.openapi)


def test_operations_that_take_files_say_so_and_take_them(service: Service) -> None:
    document = service.openapi
    found = {
        path: operation for _, path, operation in operations(document) if takes_files(operation)
    }
    assert set(found) == {"/v1/reports", "/v1/compare"}
    for path, operation in found.items():
        for accept in ("application/json", "application/x-ndjson"):
            file = {"file": ("云岭县.txt", "压减申报材料61份。".encode())}
            response = service.client.post(path, files=file, headers={"Accept": accept})
            assert response.is_success and response.headers["content-type"] == accept
            check_listed(response, operation, document)


def test_every_operation_and_answer_is_described(service: Service) -> None:
    for method, path, operation in operations(service.openapi):
        assert operation["summary"] and operation["description"], (method, path)
        assert all(answer["description"] for answer in operation["responses"].values())
