"""What was written anew in a mail, and what it cites: shown apart, kept together."""

from __future__ import annotations

import re
from collections.abc import Sequence

_QUOTED_FROM = re.compile(
    r"^(?:am\b.{0,200}\bschrieb\b.{0,200}:|on\b.{0,200}\bwrote:|-{3,}\s*(?:ursprüngliche nachricht|original message)\s*-{3,})\s*$",
    re.IGNORECASE,
)


def new_text(body: str) -> tuple[str, str]:
    """What was written anew, and what it cites: from the line on that introduces a citation, or the last block of ">"."""
    lines = body.split("\n")
    for place, line in enumerate(lines):
        whole = f"{line} {lines[place + 1]}" if place + 1 < len(lines) and line[:3].lower() in ("am ", "on ") else line
        if _QUOTED_FROM.match(line) or (whole is not line and len(whole) < 400 and _QUOTED_FROM.match(whole)):
            return "\n".join(lines[:place]).strip(), "\n".join(lines[place:]).strip()
    end = end_of_new(lines)
    return "\n".join(lines[:end]).strip(), "\n".join(lines[end:]).strip()


def end_of_new(lines: Sequence[str]) -> int:
    """Where the last block of lines that begin with ">" begins."""
    end = len(lines)
    while end and (lines[end - 1].startswith(">") or not lines[end - 1].strip()):
        end -= 1
    return end


def folded_mail(channel: str, text: str) -> tuple[str, str]:
    """The text of a contact as a page shows it: what is new in a mail, and what it cites, to be unfolded. A mail that does nothing
    but cite, and every other contact, is shown whole."""
    said, quoted = new_text(text) if channel == "email" else (text, "")
    return (said, quoted) if said else (text, "")
