"""How the page is served. No browser is needed for these."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest

from fazhi import web
from tests.serving.service import Service


@pytest.fixture(scope="module")
def client(service: Service) -> httpx.Client:
    return service.client


def test_the_policy_allows_this_host_only(client: httpx.Client) -> None:
    for path in ("/", f"/page/{web.version()}/app.js", "/page/standalone.html"):
        headers = client.get(path).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_every_file_that_the_page_names_is_there(client: httpx.Client) -> None:
    html = client.get("/").text
    named = re.findall(r'"(page/[^"]+)"', html)
    assert len(named) >= 4
    for path in named:
        assert client.get(f"/{path}").status_code == 200
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", html)


@pytest.mark.parametrize("path", sorted(web.assets()))
def test_modules_import_files_that_are_there(path: str) -> None:
    if not path.endswith(".js") or path.startswith("vendor/"):
        return
    source = web.assets()[path].decode()
    folder = path.rpartition("/")[0]
    for imported in re.findall(r'(?:from|import)\s*\(?"(\.[^"]+)"', source):
        parts = folder.split("/") if folder else []
        for part in imported.split("/"):
            if part == "..":
                parts.pop()
            elif part != ".":
                parts.append(part)
        assert "/".join(parts) in web.assets(), f"{path} imports {imported}"


def test_versioned_files_are_kept_and_others_asked_about(client: httpx.Client) -> None:
    kept = client.get(f"/page/{web.version()}/app.js")
    assert "immutable" in kept.headers["Cache-Control"]
    other = client.get("/page/0123456789abcdef/app.js")
    assert other.text == kept.text and other.headers["Cache-Control"] == "no-cache"
    again = client.get("/", headers={"If-None-Match": client.get("/").headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_files_travel_compressed_where_that_is_understood(client: httpx.Client) -> None:
    path = f"/page/{web.version()}/style.css"
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert plain.text == packed.text
    assert plain.headers["ETag"] != packed.headers["ETag"]


@pytest.mark.parametrize(
    "path",
    [
        "/page/nothing.js",
        "/page/../__init__.py",
        "/page/__init__.py",
        "/page/x/../../serving/app.py",
        "/page/",
    ],
)
def test_nothing_else_is_served(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.json()["error"]["type"] == "not_found"


def test_the_page_needs_no_key_and_the_service_does(start: Callable[..., Service]) -> None:
    client = start(api_keys="secret").client
    assert client.get("/").status_code == 200
    assert client.get(f"/page/{web.version()}/app.js").status_code == 200
    assert client.post("/", json={"inputs": "一"}).status_code == 401
    assert client.get("/v1/model").status_code == 401


def test_the_files_of_the_page_are_no_part_of_the_api(service: Service) -> None:
    assert set(service.openapi["paths"]["/"]) == {"get", "post"}
    assert not any(path.startswith("/page") for path in service.openapi["paths"])
