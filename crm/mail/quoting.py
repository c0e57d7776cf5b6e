"""What is new in a mail, and what it only quotes. Only the new text is shown, the quotation folds away."""

from __future__ import annotations

import re

from mailparser_reply import EmailReplyParser

from crm.web.quotations import end_of_new

LANGUAGES = ("de", "en", "fr", "it", "es", "nl", "pl")
MOST_LOOKED_AT = 20_000
"""Characters given to the library, which needs quadratic time for what is longer (see docs/architecture.md)."""

_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")
_RULE = re.compile(
    r"\n?[-_*\s]*(?:ursprüngliche nachricht|original message|original-nachricht|message d'origine)?[-_*\s]*$",
    re.IGNORECASE,
)


def split_quotation(text: str) -> tuple[str, str]:
    """(what was written anew, what is quoted below it). Answers between the quoted lines belong to what is new: then
    nothing folds. A mail that only quotes has no new text."""
    tidy = _EMPTY_LINES.sub("\n\n", text).strip()
    head, tail = tidy[:MOST_LOOKED_AT], tidy[MOST_LOOKED_AT:]
    replies = EmailReplyParser(languages=list(LANGUAGES)).read(text=head).replies
    if len(replies) < 2:
        return _cited_below(tidy)
    new = _RULE.sub("", str(replies[0].content).strip()).strip()
    at = head.find(new) + len(new) if new else 0
    return new, (head[at:] + tail).strip()


def _cited_below(text: str) -> tuple[str, str]:
    """Without a line that introduces a quotation: the last block of lines that begin with ">"."""
    lines = text.split("\n")
    end = end_of_new(lines)
    if not end or any(line.startswith(">") for line in lines[:end]):
        return text, ""
    return "\n".join(lines[:end]).strip(), "\n".join(lines[end:]).strip()
