"""Static files: our own, htmx and Inter from their packages, under addresses that name their content.

`asset("css/app.css")` answers `/static/<hash>/css/app.css`; such an address may be cached for ever. Everything is read
and compressed once per process and served from memory. `python -m crm.web.assets build` cuts the font to what pages
need (60 KB instead of 880); where that was not done the whole font is served, and nothing else changes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import posixpath
import re
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import brotli
import fontpkg_inter
import js_lib_htmx
from litestar import Request, Response, Router, get
from litestar.params import FromPath

from crm.accounts.permissions import Permission
from crm.errors import NotFound

STATIC = Path(__file__).parent / "static"
BUILT_FONT = STATIC / "built" / "inter.woff2"
INTER = fontpkg_inter.ROOT / "files" / "Inter[opsz,wght].ttf"
"""The whole variable font, for PDFs and as a stand-in where the cut one was not built."""

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


# Latin with its extensions (all of Europe, Turkish, Vietnamese), punctuation, currencies, arrows, a few signs and keys.
_CHARACTERS = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x259, 0x259), (0x2B0, 0x345), (0x1E00, 0x1EFF), (0x2000, 0x206F),
    (0x20A0, 0x20C0), (0x2116, 0x2122), (0x2150, 0x215F), (0x2190, 0x2199), (0x21B5, 0x21B5), (0x21E7, 0x21E7),
    (0x2212, 0x2212), (0x2248, 0x2248), (0x2260, 0x2265), (0x2303, 0x2303), (0x2318, 0x2318), (0x25CB, 0x25CF),
    (0x2605, 0x2606), (0x2713, 0x2715),
)  # fmt: skip
_FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "calt", "liga", "tnum", "case", "zero"]


def cut_font(source: Path = INTER) -> bytes:
    """Inter as pages need it, as WOFF2: the characters above, weights 400 to 700, the text cut. Takes seconds.

    Its tabular figures are figures only: Inter also widens space and hyphen, which tears words apart in running text.
    """
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    options = subset.Options()
    options.layout_features = _FEATURES
    options.hinting = False
    font = TTFont(source, recalcTimestamp=False)
    _keep_only_figures_tabular(font)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in _CHARACTERS for code in range(first, last + 1)])
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, {"opsz": 14, "wght": (400, 700)})
    font.flavor = "woff2"
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


def _keep_only_figures_tabular(font: Any) -> None:
    figures = {font.getBestCmap()[ord(sign)] for sign in "0123456789+−"}
    table = font["GSUB"].table
    lookups = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for index in record.Feature.LookupListIndex
    }
    for index in lookups:
        for part in table.LookupList.Lookup[index].SubTable:
            substitution = getattr(part, "ExtSubTable", part)
            substitution.mapping = {name: wide for name, wide in substitution.mapping.items() if name in figures}


def build() -> None:
    """Write the cut font beside the other static files; does nothing if it is there and newer than its source."""
    newest = max(INTER.stat().st_mtime, Path(__file__).stat().st_mtime)
    if BUILT_FONT.is_file() and BUILT_FONT.stat().st_mtime > newest:
        return
    started = time.monotonic()
    BUILT_FONT.parent.mkdir(exist_ok=True)
    unfinished = BUILT_FONT.with_suffix(".part")
    unfinished.write_bytes(cut_font())
    unfinished.replace(BUILT_FONT)
    print(f"Inter cut to {BUILT_FONT.stat().st_size // 1000} KB in {time.monotonic() - started:.1f} s.")


if __name__ == "__main__":
    if sys.argv[1:] != ["build"]:
        sys.exit("Usage: python -m crm.web.assets build")
    build()
