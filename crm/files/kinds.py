"""What a file really is, by its first bytes, whatever its name says."""

from __future__ import annotations

_SIGNATURES = (
    ("image/png", b"\x89PNG\r\n\x1a\n", 0, b""),
    ("image/jpeg", b"\xff\xd8\xff", 0, b""),
    ("image/webp", b"RIFF", 8, b"WEBP"),
)


def image_type(content: bytes) -> str:
    """image/png, image/jpeg or image/webp; empty for anything else (SVG is no picture but a document with scripts)."""
    for media_type, start, offset, more in _SIGNATURES:
        if content.startswith(start) and content[offset : offset + len(more)] == more:
            return media_type
    return ""
