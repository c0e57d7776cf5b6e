"""The filters of a queue in words: what can be chosen, and what is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crm.customers.words import CHANNELS
from crm.service_levels.words import PRIORITIES
from crm.tickets.queue_filters import LEVELS, TicketFilters
from crm.tickets.queue_views import Around
from crm.tickets.words import KINDS
from crm.web.i18n import N_, _, language

LABELS = {
    "q": N_("Search"), "topic": N_("Topic"), "level": N_("Competence level"), "priority": N_("Priority"), "kind": N_("Kind"),
    "channel": N_("Channel"), "service_level": N_("Service level"), "assignee": N_("Assigned to"),
    "letter_box": N_("Letter box"), "customer": N_("Customer"),
}  # fmt: skip


def choices(around: Around) -> dict[str, list[tuple[str, str]]]:
    """Filter -> (value, text) in the reader's language."""
    return {
        "topic": _local(around.topics),
        "level": [(level, _("Level %(level)s") % {"level": level}) for level in LEVELS],
        "priority": _words(PRIORITIES),
        "kind": _words(KINDS),
        "channel": _words(CHANNELS),
        "service_level": _local(around.service_levels),
        "assignee": [(str(user_id), name) for user_id, name in around.staff],
        "letter_box": [(str(box_id), name) for box_id, name in around.letter_boxes],
    }


def _words(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, _(text)) for code, text in words.items()]


def _local(rows: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    place = 1 if language.get() == "de" else 2
    return [(row[0], row[place]) for row in rows]


def told(filters: TicketFilters, around: Around) -> list[tuple[str, str]]:
    """(filter, words) of each one in use: "Topic: Invoice". A customer who may not be seen stays a number."""
    known = choices(around)
    found = []
    for name, value in filters.asked.items():
        text = dict(known.get(name, ())).get(value, value)
        if name == "customer":
            text = around.customer or f"#{value}"
        found.append((name, f"{_(LABELS[name])}: {text}"))
    return found
