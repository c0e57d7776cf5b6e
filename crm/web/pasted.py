"""Text that was copied from a mail or a page with its HTML: what stays is what people read."""

from __future__ import annotations

import re
from html import unescape

_BLOCKS = (
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr html "
    "li main nav ol p pre section table tbody td tfoot th thead tr ul br"
)
_INLINE = (
    "a abbr b big cite code col colgroup del em font head i img input ins kbd label link mark meta q s script small span strike "
    "strong style sub sup title tt u wbr o:p svg path template noscript iframe object button"
)
BLOCKS, INLINE = frozenset(_BLOCKS.split()), frozenset(_INLINE.split())
SILENT = frozenset({"head", "script", "style", "title", "svg", "template", "noscript", "iframe", "object"})
"""What stands in these is not for reading."""
PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote"})
CELLS = frozenset({"td", "th"})

# html.parser needs quadratic time for tags that are never closed (minutes for a note of the longest length), so the tags are
# found by an expression that goes through the text once.
_PIECES = re.compile(r"(<[^<>]*>)")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)(?=[\s/>])")
_SPACES = re.compile(r"[ \t\xa0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def plain_text(text: str) -> str:
    """The text as it is if it holds no HTML; else without tags, styles and comments, a line for each block, "- " before what
    stood in a list. A "<" that begins no tag we know ("a < b", "<anna@example.de>") stays."""
    pieces = _PIECES.split(text)
    tags = [_tag_of(piece) if at % 2 else None for at, piece in enumerate(pieces)]
    if not any(tags) and "<!--" not in text:
        return text
    keeps_lines = not any(name in BLOCKS for _is_end, name in filter(None, tags))
    return _tidy(_read(pieces, tags, keeps_lines))


def _tag_of(piece: str) -> tuple[bool, str] | None:
    """(is it an end tag, its name), None if it is none of HTML's."""
    found = _TAG.match(piece)
    name = found[2].lower() if found else ""
    return (bool(found and found[1]), name) if name in BLOCKS or name in INLINE else None


def _read(pieces: list[str], tags: list[tuple[bool, str] | None], keeps_lines: bool) -> str:
    out: list[str] = []
    silent, in_comment = "", False
    for piece, tag in zip(pieces, tags, strict=True):
        if in_comment or (not silent and piece.startswith("<!--")):
            in_comment = not piece.endswith("-->") if piece.startswith("<") else "-->" not in piece
            if not in_comment and not piece.startswith("<"):
                out.append(piece.partition("-->")[2])
        elif silent:
            silent = "" if tag == (True, silent) else silent
        elif tag is None:
            if not piece.lower().startswith(("<!doctype", "<?xml", "<![")):
                out.append(unescape(piece) if keeps_lines else unescape(piece).replace("\n", " "))
        elif tag[1] in SILENT:
            silent = "" if tag[0] or piece.endswith("/>") else tag[1]
        else:
            out.append(_gap(*tag))
    return "".join(out)


def _gap(is_end: bool, name: str) -> str:
    """What stands in the text in place of a tag."""
    if name in CELLS:
        return " " if is_end else ""
    if name == "li":
        return "" if is_end else "\n- "
    if name in PARAGRAPHS:
        return "\n\n"
    return "\n" if name in BLOCKS else ""


def _tidy(text: str) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in text.replace("\r\n", "\n").split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()
