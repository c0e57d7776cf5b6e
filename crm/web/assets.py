"""Static files: our own, htmx and Inter from their packages, under addresses that name their content.

`asset("css/app.css")` answers `/static/<hash>/css/app.css`; such an address may be cached for ever. Everything is read
and compressed once per process and served from memory. The font is cut when the program is installed (crm.web.fonts);
where that was not done the whole font is served, and nothing else changes.
"""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import brotli
import js_lib_htmx
from litestar import Request, Response, Router, get
from litestar.params import FromPath

from crm.accounts.permissions import Permission
from crm.errors import NotFound
from crm.web.fonts import BUILT_FONT, INTER, build

STATIC = Path(__file__).parent / "static"
_HTMX = Path(js_lib_htmx.__file__).parent / "static" / "htmx" / "htmx.min.js"
_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
}
_SCRIPTS = (
    "tools",
    "messages",
    "dialogs",
    "inserting",
    "choices",
    "palette",
    "lists",
    "keys",
    "drafts",
    "forms",
    "guides",
    "proposing",
    "feedback",
    "files",
    "htmx_hooks",
    "approved",
    "news",
    "day",
    "start",
)
_IMPORT = re.compile(r"""@import\s+url\(["']?([^"')]+)["']?\)\s*;\n?""")
_URL = re.compile(r"""url\(["']?(?!data:|#)([^"')]+)["']?\)""")
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent. `encoded` holds it by content coding, best first; empty where compressing gains nothing."""

    path: str
    digest: str
    media_type: str
    body: bytes
    encoded: tuple[tuple[str, bytes], ...]

    @property
    def url(self) -> str:
        return f"/static/{self.digest}/{self.path}"


def _asset(path: str, body: bytes, media_type: str) -> Asset:
    encoded: tuple[tuple[str, bytes], ...] = ()
    if not media_type.startswith(("font/", "image/png")):
        # gzip writes no time of day, so that every process makes the same bytes
        encoded = (("br", brotli.compress(body, quality=8)), ("gzip", gzip.compress(body, 7, mtime=0)))
    return Asset(path, hashlib.sha256(body).hexdigest()[:12], media_type, body, encoded)


def _style_sheet(path: Path, assets: dict[str, Asset]) -> bytes:
    """The sheet with its imports in place and its addresses pointing to hashed ones."""
    whole = _IMPORT.sub(
        lambda found: (path.parent / found[1]).read_text(encoding="utf-8"), path.read_text(encoding="utf-8")
    )

    def hashed(found: re.Match[str]) -> str:
        return f'url("{assets[posixpath.normpath(posixpath.join("css", found[1]))].url}")'

    return _URL.sub(hashed, whole).encode()


def _script() -> bytes:
    """The parts of our script as one, in a function of their own so that no name of theirs leaks into the page."""
    parts = [(STATIC / "js" / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS]
    return '(() => {{\n"use strict";\n{}}})();\n'.format("\n".join(parts)).encode()


@cache
def assets() -> dict[str, Asset]:
    """All static files by their path."""
    font = BUILT_FONT if BUILT_FONT.is_file() else INTER
    found = [
        _asset("fonts/inter", font.read_bytes(), _MEDIA_TYPES[font.suffix]),
        _asset("js/htmx.js", _HTMX.read_bytes(), _MEDIA_TYPES[".js"]),
        _asset("js/app.js", _script(), _MEDIA_TYPES[".js"]),
    ]
    found += [
        _asset(path.relative_to(STATIC).as_posix(), path.read_bytes(), _MEDIA_TYPES[path.suffix])
        for path in sorted(STATIC.glob("icons/*"))
    ]
    by_path = {one.path: one for one in found}
    by_path["css/app.css"] = _asset(
        "css/app.css", _style_sheet(STATIC / "css" / "app.css", by_path), _MEDIA_TYPES[".css"]
    )
    return by_path


def asset(path: str) -> str:
    """The address of a static file, e.g. `asset("icons/icons.svg")`; KeyError for a file that does not exist."""
    return assets()[path].url


def _accepted(accept_encoding: str) -> set[str]:
    """The content codings that a browser takes; one with q=0 is refused."""
    parts = [part.strip().lower().partition(";") for part in accept_encoding.split(",")]
    return {
        name.strip() for name, _sep, rest in parts if rest.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    }


@get(
    "/static/{digest:str}/{path:path}",
    permission=Permission.PUBLIC,
    exclude_from_auth=True,
    include_in_schema=False,
    sync_to_thread=False,
)
def serve(request: Request[Any, Any, Any], digest: FromPath[str], path: FromPath[str]) -> Response[bytes]:
    """A static file. An old hash (a page opened before an update) gets today's file, but not for ever."""
    found = assets().get(path.lstrip("/"))
    if found is None:
        raise NotFound()
    accepted = _accepted(request.headers.get("accept-encoding", ""))
    coding, body = next(((name, data) for name, data in found.encoded if name in accepted), ("", found.body))
    etag = f'"{found.digest}{"-" + coding if coding else ""}"'
    headers = {"etag": etag, "cache-control": _FOR_EVER if digest == found.digest else "no-cache"}
    if found.encoded:
        headers["vary"] = "accept-encoding"
    if etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, media_type=found.media_type, headers=headers)
    if coding:
        headers["content-encoding"] = coding
    return Response(body, media_type=found.media_type, headers=headers)


router = Router("", route_handlers=[serve])


if __name__ == "__main__":
    if sys.argv[1:] != ["build"]:
        sys.exit("Usage: python -m crm.web.assets build")
    build()
