"""Drawings (SVG) become pictures of points before they are kept: an SVG is a document that may run and fetch things, points cannot.

The drawing is looked at and read by a program of its own, `python -m crm.files.drawings`, with a limit of time and size, so that
nothing that is wrong with it reaches the web server.
"""

from __future__ import annotations

import asyncio
import re
import sys

from crm.files.kinds import image_type

LARGEST = 2_000_000
"""Bytes that the picture may have."""

SECONDS = 15.0
WIDTH = 1200
"""Points across, at least; a logo is printed 60 mm wide, so that this is fine enough."""

_SPACE = re.compile(r"\s*")
_XML = re.compile(r"<\?xml[^>]*>", re.I)
_DOCTYPE = re.compile(r"<!DOCTYPE\s+svg[^>\[]*>", re.I)
_SVG = re.compile(r"<svg(?=[\s>])", re.I)
_SIZED = re.compile(r"\s[^>]*?\b(width|viewBox)\s*+=")
_REFUSED = re.compile(
    r"<!entity|<script|<foreignobject|@import|\bon\w+\s*=|(href|src)\s*=\s*[\"'](?!\s*#|\s*data:image/(png|jpeg);base64,)"
    r"|url\(\s*+(?![\"']?\s*#)|<\?xml-stylesheet",
    re.I,
)


async def points_of(content: bytes) -> bytes:
    """The drawing as PNG; nothing if it is none, or one that runs or fetches anything."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return b""
    if "<svg" not in text.lower():
        return b""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crm.files.drawings",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        drawn, _errors = await asyncio.wait_for(process.communicate(text.encode()), SECONDS)
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return drawn if process.returncode == 0 and image_type(drawn) == "image/png" and len(drawn) <= LARGEST else b""


def is_drawing(text: str) -> bool:
    """Whether it begins as a drawing does, says how large it is, and neither runs nor fetches anything."""
    at = _past(_XML, text, _past(_SPACE, text, 0))
    at = _past_notes(text, _past(_DOCTYPE, text, _past_notes(text, at)))
    start = _SVG.match(text, at)
    return bool(start and _SIZED.match(text, start.end()) and not _REFUSED.search(text))


def _past_notes(text: str, at: int) -> int:
    """Where something stands that is neither space nor a note. A loop and not a pattern: a pattern tries again what it has
    read, or must not, and Python before 3.11.5 is mistaken about groups that must not."""
    at = _past(_SPACE, text, at)
    while text.startswith("<!--", at) and (end := text.find("-->", at + 4)) > 0:
        at = _past(_SPACE, text, end + 3)
    return at


def _past(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def main() -> None:
    """Draw what stands on standard input, so large that it can be printed; end with 1 if it is none that we draw."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (3_000_000_000, 3_000_000_000))
    svg = sys.stdin.buffer.read().decode()
    if not is_drawing(svg):
        sys.exit(1)

    import vl_convert

    small = vl_convert.svg_to_png(svg, scale=1)
    width = max(1, int.from_bytes(small[16:20]))
    scale = min(20.0, WIDTH / width)
    sys.stdout.buffer.write(vl_convert.svg_to_png(svg, scale=scale) if scale > 1 else small)


if __name__ == "__main__":
    main()
