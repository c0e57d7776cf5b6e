"""Drawings (SVG) become pictures of points before they are kept: an SVG is a document that may run and fetch things, points cannot.

The drawing is read by a program of its own, `python -m crm.files.drawings`, with a limit of time and size, so that nothing that is wrong
with it reaches the web server.
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

_START = re.compile(
    r"\s*(<\?xml[^>]*\?>)?\s*(<!--.*?-->\s*)*(<!DOCTYPE\s+svg[^>\[]*>)?\s*(<!--.*?-->\s*)*<svg[\s>]", re.S | re.I
)
_SIZED = re.compile(r"<svg\s[^>]*\b(width|viewBox)\s*=")
_REFUSED = re.compile(
    r"<!entity|<script|<foreignobject|@import|\bon\w+\s*=|(href|src)\s*=\s*[\"'](?!\s*#|\s*data:image/(png|jpeg);base64,)"
    r"|url\(\s*(?![\"']?\s*#)|<\?xml-stylesheet",
    re.I,
)


async def points_of(content: bytes) -> bytes:
    """The drawing as PNG; nothing if it is none, or one that runs or fetches anything."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return b""
    if not _START.match(text) or not _SIZED.search(text) or _REFUSED.search(text):
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


def main() -> None:
    """Draw what stands on standard input, so large that it can be printed."""
    import resource

    import vl_convert

    resource.setrlimit(resource.RLIMIT_AS, (3_000_000_000, 3_000_000_000))
    svg = sys.stdin.read()
    small = vl_convert.svg_to_png(svg, scale=1)
    width = max(1, int.from_bytes(small[16:20]))
    scale = min(20.0, WIDTH / width)
    sys.stdout.buffer.write(vl_convert.svg_to_png(svg, scale=scale) if scale > 1 else small)


if __name__ == "__main__":
    main()
