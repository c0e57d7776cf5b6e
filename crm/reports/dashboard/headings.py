"""What the list behind a figure is called, and by what it is narrowed, in words."""

from __future__ import annotations

from crm.database import fetch
from crm.interactions.words import DIRECTIONS
from crm.reports import words
from crm.reports.chapters import decline_reason, loss_reason
from crm.web.i18n import N_, _, local_name, word

LISTS = {
    "contacts": N_("Contacts"), "answers": N_("Customers' answers"), "opened": N_("Enquiries that came in"),
    "open": N_("Enquiries open at the end"), "solved": N_("Solved enquiries"),
    "first_contact": N_("Enquiries solved at the first contact"), "escalated": N_("Escalated enquiries"),
    "kept": N_("Enquiries with a promise that was kept"), "missed": N_("Enquiries with a promise that was missed"),
    "caused": N_("Solved enquiries by cause"), "solved_there": N_("Solved enquiries"),
    "new": N_("New customers"), "overdue": N_("Overdue customers"),
    "prospects": N_("Prospects of the last twelve months"), "converted": N_("Prospects who became customers"),
    "lost_prospects": N_("Prospects who were lost"), "requested": N_("Quotations asked for"), "sent": N_("Quotations sent"),
    "accepted": N_("Quotations accepted"), "declined": N_("Quotations declined"), "waiting": N_("Quotations waiting for us"),
    "undecided": N_("Quotations waiting for the customer"), "won": N_("Prospects who became customers"),
    "lost": N_("Lost customers"), "criticism": N_("Criticism"), "praise": N_("Praise"), "expectation": N_("Expectations"),
}  # fmt: skip
METRICS = {"csat": N_("Satisfaction"), "nps": N_("NPS"), "effort": N_("Ease for customers")}
_NAMED = ("touchpoint", "phase", "topic", "service_level", "product")
_NAMES = " UNION ALL ".join(
    f"SELECT '{table}' AS kind, name_de, name_en FROM {table} WHERE code = ${number}"
    for number, table in enumerate(_NAMED, 1)
)


async def heading_of(kind: str, filters: dict[str, str]) -> tuple[str, list[str]]:
    """The list's name, and each filter in words."""
    rows = {row.kind: row for row in await fetch(_NAMES, *(filters.get(name, "") for name in _NAMED))}
    found = [local_name(rows[name]) for name in _NAMED if name in rows]
    plain = (
        ("channel", words.channel), ("direction", lambda code: _("Came from: %(who)s") % {"who": word(DIRECTIONS, code)}),
        ("metric", lambda code: word(METRICS, code)), ("kind", words.kind),
        ("level", lambda code: _("Level %(level)s") % {"level": code}),
        ("cause", lambda code: words.cause(code.replace("-", ""))), ("origin", lambda code: words.origin(code.replace("-", ""))),
        ("reason", lambda code: _reason(filters["what"], code.replace("-", ""))),
        ("marked", lambda code: _("marked as moments of truth")), ("low", lambda code: _("1 or 2 of 5")),
    )  # fmt: skip
    found += [say(filters[name]) for name, say in plain if filters.get(name)]
    if filters.get("category"):
        found.append(words.feedback_heading(filters["category"], filters.get("heading", "")))
    if filters.get("department"):
        found.append(filters["department"])
    if filters.get("topic") == "-":
        found.append(_("without topic"))
    return word(LISTS, filters.get("what") or kind), found


def _reason(what: str, code: str) -> str:
    return decline_reason(code) if what == "declined" else loss_reason(code)
