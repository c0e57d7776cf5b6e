"""What is told of events of the ledger: a line in the history of each customer whom one concerns, the audit trail, and who became
a customer by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts.audit import record_each
from crm.consents.chain import Link
from crm.consents.ledger import must_be_confirmed
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource
from crm.customers.statuses import conversions_happened
from crm.customers.tables import StatusTrigger, TimelineKind
from crm.database import Row, copy_rows, fetch

NEWSLETTER = "newsletter"
"""The purpose whose consent can turn a prospect into a customer, if the company has chosen that."""

_CONCERNED = """
    WITH RECURSIVE asked (link, person, address) AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[])),
    up (link, id) AS (
        SELECT link, person FROM asked UNION SELECT up.link, p.merged_into FROM up JOIN person p ON p.id = up.id
    ),
    left_over (link, person) AS (SELECT up.link, p.id FROM up JOIN person p ON p.id = up.id WHERE p.merged_into IS NULL)
    SELECT link, customer, max(person) AS person FROM (
        SELECT up.link, a.customer, l.person FROM up JOIN affiliation a ON a.person = up.id LEFT JOIN left_over l ON l.link = up.link
        UNION ALL
        SELECT s.link, e.customer, NULL FROM asked s JOIN email_address e ON lower(e.address) = lower(s.address)
    ) found JOIN customer c ON c.id = customer WHERE c.merged_into IS NULL
    GROUP BY 1, 2 ORDER BY 1, 2
"""
"""Whoever was merged is told of where they are now."""


async def tell(events: Sequence[tuple[Link, str | None, bool]], *, by: int | None, now: datetime) -> None:
    """Tell of events that were written just now: each with the address that it is about, and whether its purpose has to be
    confirmed. A fixed number of statements."""
    links = [link for link, _address, _needs in events]
    addresses = [address.strip() if address else None for _link, address, _needs in events]
    concerned: dict[int, list[Row]] = defaultdict(list)
    for row in await fetch(_CONCERNED, [link.id for link in links], [link.person_id for link in links], addresses):
        concerned[row.link].append(row)
    await _write_history(links, concerned, by)
    for kind, is_person in (("person", True), ("address", False)):
        audited = [
            (link.person_id, {**_words_of(link), "at": link.at, "ledger": link.id})
            for link in links
            if (link.person_id is not None) is is_person
        ]
        await record_each("consent.recorded", kind, audited, by=by, now=now)
    won = [
        row.customer
        for link, _address, needs_confirmation in events
        if link.purpose == NEWSLETTER and _is_yes(link, needs_confirmation=needs_confirmation)
        for row in concerned[link.id]
    ]
    await conversions_happened(list(dict.fromkeys(won)), StatusTrigger.NEWSLETTER, at=now, by=by)


async def _write_history(links: Sequence[Link], concerned: dict[int, list[Row]], by: int | None) -> None:
    await copy_rows(
        "timeline_entry",
        ("customer", "person_id", "kind", "at", "ref_id", "title", "body", "by_user", "detail"),
        [
            (
                row.customer, row.person, TimelineKind.CONSENT.value, link.at, link.id, "", "", by,
                msgspec.json.encode(_words_of(link)).decode(),
            )
            for link in links
            for row in concerned[link.id]
        ],
    )  # fmt: skip


def _words_of(link: Link) -> dict[str, Any]:
    """What history and audit trail say of an event."""
    return {
        "purpose": link.purpose, "channel": link.channel, "event": link.event, "source": link.source,
        "wording_version": link.wording_version,
    }  # fmt: skip


def _is_yes(link: Link, *, needs_confirmation: bool) -> bool:
    """Whether the event makes the consent hold: confirmed, or given where nothing has to be confirmed."""
    if link.event == Event.GIVEN:
        source = ConsentSource(link.source)
        return not must_be_confirmed(needs_confirmation=needs_confirmation, channel=link.channel, source=source)
    return link.event == Event.CONFIRMED
