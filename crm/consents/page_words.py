"""The words of the ledger's pages, in the language of the moment."""

from __future__ import annotations

from typing import Any

from crm.consents import queries
from crm.consents.sentences import BASES, BY_CHANNEL, EVENTS, SOURCES, TONES, evidence_lines, status_words
from crm.consents.tables import PROCESSING
from crm.customers.words import CHANNELS
from crm.files.words import size_text, type_name
from crm.web.i18n import _, ngettext, word


def channel_name(channel: str) -> str:
    return _("Keeping data") if channel == PROCESSING else word(CHANNELS, channel)


def months_name(months: int | None) -> str:
    """ "2 years", "18 months", in the language of the moment; empty for no fixed time."""
    if not months:
        return ""
    if months % 12 == 0:
        return ngettext("one year", "%(num)s years", months // 12) % {"num": months // 12}
    return ngettext("one month", "%(num)s months", months) % {"num": months}


def words() -> dict[str, Any]:
    """What the templates say of events, states, purposes and channels."""
    return {
        "event_words": {kind.value: _(text) for kind, text in EVENTS.items()},
        "sources": {source.value: _(text) for source, text in SOURCES.items()},
        "status_words": status_words,
        "evidence_lines": evidence_lines,
        "tones": {status.value: tone for status, tone in TONES.items()},
        "bases": {basis.value: _(text) for basis, text in BASES.items()},
        "channel_name": channel_name,
        "by_channel": lambda channel: word(BY_CHANNEL, channel),
        "is_no": queries.is_no,
        "months_name": months_name,
        "type_name": type_name,
        "size_text": size_text,
    }
