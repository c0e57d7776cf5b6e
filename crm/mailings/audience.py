"""Whom a mailing finds: the customers of its saved view, their persons and addresses, and the gate's answer about each."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from crm.consents.many import decisions_for
from crm.customers.data import full_name_sql
from crm.customers.lists.finding import customer_ids
from crm.customers.lists.listing import ListView
from crm.customers.lists.wanted import SHOWN
from crm.database import Row, fetch, fetch_one
from crm.mailings.rules import Candidate, Choice, Chosen, of_customers

BATCH = 1000
"""So many customers are asked about at once: three statements, however many they are."""
MOST_SHOWN = 200
"""So many are listed by name for one reason while a mailing is a draft."""

# $1: customers, in this order.
_CANDIDATES = f"""
    SELECT c.id AS customer, c.name AS customer_name, c.language AS customer_language, x.person, x.address, x.returned_at,
        {full_name_sql("p")} AS person_name, p.language AS person_language, p.restricted_at
    FROM unnest($1::bigint[]) WITH ORDINALITY AS k(id, n) JOIN customer c ON c.id = k.id AND {SHOWN}
    LEFT JOIN LATERAL (
        SELECT a.person, a.position AS place, e.address, e.returned_at, e.position, e.id
        FROM affiliation a JOIN person h ON h.id = a.person AND h.merged_into IS NULL
        LEFT JOIN email_address e ON e.person = a.person WHERE a.customer = c.id
        UNION ALL SELECT NULL, 1000000, e.address, e.returned_at, e.position, e.id FROM email_address e WHERE e.customer = c.id
    ) x ON true LEFT JOIN person p ON p.id = x.person
    ORDER BY k.n, x.place, x.person, x.position, x.id
"""


@dataclass(frozen=True, slots=True)
class _Viewer:
    id: int
    team_id: int | None


@dataclass(slots=True)
class Audience:
    """Whom it finds, in numbers: customers, those who get it (by the language they read, by basis), and by reason those who don't.
    `shown` are those of one reason (empty: those who get it), as far as they are listed."""

    customers: int = 0
    readers: int = 0
    by_language: Counter[str] = field(default_factory=Counter)
    by_basis: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    shown: list[Candidate] = field(default_factory=list)

    def add(self, choice: Choice) -> None:
        if choice.gets_it:
            self.readers += 1
            self.by_language[choice.candidate.language] += 1
            self.by_basis[choice.candidate.basis] += 1
        else:
            self.left_out[choice.reason] += 1


async def audience_query(mailing: Row) -> str | None:
    """The filters of the customers it is for: those of the view while it is a draft, afterwards those that were confirmed. None where
    no view is chosen (any more)."""
    if mailing.confirmed_at is not None:
        return str(mailing.query)
    row = await fetch_one("SELECT query FROM saved_view WHERE id = $1", mailing.view)
    return str(row.query) if row is not None else None


async def customers_of(query: str, *, by: int, now: datetime, limit: int | None = None) -> list[int]:
    """The customers that the filters find now, the first `limit` of them; "mine" is of the one who chose the view."""
    row = await fetch_one("SELECT id, team FROM staff WHERE id = $1", by)
    viewer = _Viewer(by, row.team if row else None)
    return await customer_ids(ListView.saved(query).wanted(viewer, now), limit=limit)


async def choices(ids: Sequence[int], *, purpose: str, now: datetime) -> AsyncIterator[list[Choice]]:
    """Who of these customers gets a mail for this purpose and who doesn't, a thousand customers at a time."""
    chosen = Chosen()
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        candidates = await _asked(_candidates(await fetch(_CANDIDATES, list(batch))), purpose, now)
        yield [choice for own in of_customers(candidates) for choice in chosen.of_customer(own)]


async def audience_of(
    query: str | None, *, by: int | None, purpose: str, now: datetime, reason: str | None = None
) -> Audience:
    """The numbers before the start, and those who are left out for `reason` by name (an empty one: those who get it)."""
    found = Audience()
    if query is None or by is None:
        return found
    ids = await customers_of(query, by=by, now=now)
    found.customers = len(ids)
    async for batch in choices(ids, purpose=purpose, now=now):
        for choice in batch:
            found.add(choice)
            if choice.reason == reason and not choice.candidate.is_hidden and len(found.shown) < MOST_SHOWN:
                found.shown.append(choice.candidate)
    return found


async def first_choices(query: str | None, *, by: int | None, purpose: str, now: datetime) -> list[Choice]:
    """Those among the first customers of the view who can stand as an example, whether they get it or not."""
    if query is None or by is None:
        return []
    ids = await customers_of(query, by=by, now=now, limit=BATCH)
    return [
        choice
        async for batch in choices(ids, purpose=purpose, now=now)
        for choice in batch
        if choice.candidate.address and not choice.candidate.is_hidden
    ]


def example_for(found: Sequence[Choice], language: str) -> Candidate | None:
    """Somebody to look at the mail as they would get it: who gets it and reads this language before others."""
    ordered = sorted(found, key=lambda choice: (not choice.gets_it, choice.candidate.language != language))
    return ordered[0].candidate if ordered else None


def _candidates(rows: Sequence[Row]) -> list[Candidate]:
    found, hidden = [], set()
    for row in rows:
        if row.restricted_at is not None:
            if (row.customer, row.person) not in hidden:
                hidden.add((row.customer, row.person))
                found.append(Candidate(row.customer, None, "", is_hidden=True))
            continue
        name = row.person_name if row.person is not None else row.customer_name
        language = (row.person_language if row.person is not None else "") or row.customer_language
        found.append(
            Candidate(row.customer, row.person, name, row.address or "", language, row.returned_at is not None)
        )
    return found


async def _asked(candidates: list[Candidate], purpose: str, now: datetime) -> list[Candidate]:
    """With the gate's answer about everybody who has an address."""
    reached = [each for each in candidates if each.address]
    decisions = await decisions_for(
        [(each.person_id, each.address) for each in reached], purpose=purpose, channel="email", now=now
    )
    answers = {
        (each.customer_id, each.person_id, each.address): decision
        for each, decision in zip(reached, decisions, strict=True)
    }
    told = []
    for each in candidates:
        decision = answers.get((each.customer_id, each.person_id, each.address))
        if decision is not None:
            each = replace(each, code="" if decision.allowed else decision.code, basis=decision.basis)
        told.append(each)
    return told
