"""The page: its files, and one HTML file that holds them together with its data.

Knows the answers of `POST /v1/reports` and no more of HTTP. README.md describes the files.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal

from fazhi.artifact import Artifact

FOLDER = Path(__file__).parent
MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".txt": "text/plain",
}
_PREFIX = "page/"  # of assets in index.html
_DATA = '<script type="application/json" id="embedded">null</script>'
_POLICY = (  # no connection at all: what such a file holds can't leave it
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'"
)
_IMPORT = re.compile(r'((?:\bfrom|\bimport)\s*\(?\s*)"(\.{1,2}/[^"]+)"')


@cache
def assets() -> dict[str, bytes]:
    """The files of the page by their path, `app.js`, `tabs/index.js`, …; not `index.html`."""
    return {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in MEDIA_TYPES and path.name != "index.html"
    }


@cache
def version() -> str:
    """Changes with any byte of the page."""
    digest = hashlib.sha256((FOLDER / "index.html").read_bytes())
    for path, content in assets().items():
        digest.update(f"\0{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


@cache
def index() -> str:
    """The page as it is served: assets at `page/VERSION/…`, relative to it."""
    html = (FOLDER / "index.html").read_text("utf-8")
    return html.replace(f'"{_PREFIX}', f'"{_PREFIX}{version()}/')


@cache
def standalone() -> str:
    """The page with all its assets inside and the data `null`; `write_html` puts data in.

    Modules become `data:` addresses that an import map names, since files that a browser reads
    from disk may not import each other.
    """
    html = (FOLDER / "index.html").read_text("utf-8")
    for name in re.findall(rf'<link rel="stylesheet" href="{_PREFIX}([^"]+)"', html):
        css = assets()[name].decode()
        link = re.compile(rf'<link rel="stylesheet" href="{_PREFIX}{name}"( media="print")?>')
        html = link.sub(lambda m, css=css: f"<style{m[1] or ''}>\n{css}</style>", html)  # type: ignore[misc]
    modules = {
        _specifier(path): "data:text/javascript;base64,"
        + base64.b64encode(_with_bare_imports(path, content.decode()).encode()).decode()
        for path, content in assets().items()
        if MEDIA_TYPES[PurePosixPath(path).suffix] == "text/javascript"
    }
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<script type="importmap">{json.dumps({"imports": modules})}</script>\n'
        f"{_DATA}\n"
        f'<script type="module">import "{_specifier("app.js")}";</script>'
    )
    return html.replace(f'<script type="module" src="{_PREFIX}app.js"></script>', head)


def write_html(
    answers: Sequence[Mapping[str, Any]],
    artifact: Artifact,
    stream: IO[str],
    tab: Literal["report", "comparison"] = "report",
) -> None:
    """Write one HTML file that shows reports without a service or a network, and opens with `tab`.

    `answers` are those of `POST /v1/reports`; with `source`, the text of the file, sentences stand in
    their paragraphs.
    """
    config, taxonomy = artifact.config, artifact.taxonomy
    data = {
        "model": {
            "name": config.name,
            "version": config.version,
            "thresholds": config.thresholds,
        },
        "taxonomy": {
            "groups": [asdict(group) for group in taxonomy.groups],
            "labels": [asdict(label) for label in taxonomy.labels],
            "roles": [asdict(role) for role in taxonomy.roles],
        },
        "analyses": answers,
        "tab": tab,
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    before, _, after = standalone().partition("null</script>")
    stream.write(before)
    stream.write(text.replace("<", "\\u003c"))  # no end tag and no comment inside
    stream.write(f"</script>{after}")


def _specifier(path: str) -> str:
    return f"fazhi/{path}"


def _with_bare_imports(path: str, source: str) -> str:
    """Relative imports → names of the import map, since `data:` addresses have no folder."""

    def bare(match: re.Match[str]) -> str:
        parts: list[str] = [*PurePosixPath(path).parent.parts]
        for part in match[2].split("/"):
            if part == "..":
                parts.pop()
            elif part != ".":
                parts.append(part)
        return f'{match[1]}"{_specifier("/".join(parts))}"'

    return _IMPORT.sub(bare, source)
