"""The routing of one enquiry told from its stored decisions, and each replayed: the same facts give the same agent."""

from __future__ import annotations

import msgspec

from crm.customers.words import CHANNELS
from crm.database import Row, fetch, fetch_value
from crm.errors import NotFound
from crm.tickets.explaining import explain
from crm.tickets.routing import Decision, RoutingFacts, pick
from crm.tickets.words import OCCASIONS
from crm.web.formats import exact
from crm.web.i18n import _, language, word

_DECISIONS = """
    SELECT d.at, d.occasion, d.facts::text AS facts, d.decision::text AS decision, d.assignee_id, u.name AS by, a.name AS assignee
    FROM routing_decision d LEFT JOIN staff u ON u.id = d.by_id LEFT JOIN staff a ON a.id = d.assignee_id
    WHERE d.ticket = $1 ORDER BY d.id
"""


async def told_decisions(ticket_id: int) -> list[str]:
    """Every decision about an enquiry in lines of text, the oldest first. Raises NotFound."""
    subject = await fetch_value("SELECT subject FROM ticket WHERE id = $1", ticket_id)
    if subject is None:
        raise NotFound(_("There is no enquiry with this number."))
    rows = await fetch(_DECISIONS, ticket_id)
    names = {row.id: row.name for row in await fetch("SELECT id, name FROM staff")}
    lines = [f"#{ticket_id} {subject}"]
    for row in rows:
        lines += ["", *_told(row, names)]
    return lines if rows else [*lines, _("Nobody decided about it: it was imported.")]


def _told(row: Row, names: dict[int, str]) -> list[str]:
    head = f"{exact(row.at)} · {word(OCCASIONS, row.occasion)}: {row.assignee or _('nobody')}"
    if row.occasion == "by_hand":
        return [head, _("Assigned by hand by %(name)s.") % {"name": row.by or "–"}]
    facts = RoutingFacts.from_facts(msgspec.json.decode(row.facts))
    decision = Decision.from_facts(msgspec.json.decode(row.decision))
    told = explain(
        facts.required, decision, _, language=language.get(), channels={c: _(n) for c, n in CHANNELS.items()}
    )
    again = pick(facts)
    is_same = again.assignee_id == decision.assignee_id
    return [
        head,
        told.required,
        told.outcome,
        *(f"  {names.get(line.agent_id, '–')}: {line.text}" for line in told.lines),
        _("Replayed: the same facts give the same agent.")
        if is_same
        else _("Replayed: the same facts give somebody else today."),
    ]
