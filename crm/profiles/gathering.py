"""The facts that a decision about attributes rests on, for many customers in a bounded number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from crm.consents.gate import EventRow
from crm.consents.ledger import Status, state_of, strictest
from crm.customers.data import full_name_sql
from crm.database import HIGHEST_ID, Row, fetch
from crm.errors import NotFound
from crm.profiles.basis import BasisFacts, Verdict, decide
from crm.profiles.definitions import Definition


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a value describes: an organisation itself (`person_id` is None) or a person. `name` is theirs."""

    customer_id: int
    person_id: int | None
    name: str
    is_restricted: bool


_WHOM = f"""
    SELECT c.id, c.kind, c.name, c.restricted_at IS NOT NULL AS is_restricted, p.id AS person,
        {full_name_sql("p")} AS person_name, coalesce(f.is_self, false) AS is_self,
        p.restricted_at IS NOT NULL AS person_restricted
    FROM customer c LEFT JOIN affiliation f ON f.customer = c.id LEFT JOIN person p ON p.id = f.person
    WHERE c.id = ANY($1) AND c.deleted_at IS NULL
"""


async def whom(wanted: Iterable[tuple[int, int | None]]) -> dict[tuple[int, int | None], Whom]:
    """Who is meant by customer and person: without a person the organisation itself, or the private person. Pairs that
    do not exist are left out."""
    pairs = set(wanted)
    rows = await fetch(_WHOM, [customer for customer, _person in pairs if 0 < customer <= HIGHEST_ID])
    found: dict[tuple[int, int | None], Whom] = {}
    for row in rows:
        if row.person is not None:
            hidden = row.is_restricted or row.person_restricted
            person = Whom(row.id, row.person, row.person_name, hidden)
            found[row.id, row.person] = person
            if row.kind == "person" and row.is_self:
                found[row.id, None] = person
        if row.kind == "organisation":
            found[row.id, None] = Whom(row.id, None, row.name, row.is_restricted)
    return {pair: found[pair] for pair in pairs if pair in found}


_FACTS = """
    SELECT w.person, w.purpose, has_said_no(w.person, w.purpose) AS has_said_no,
        ARRAY(SELECT held FROM consents_that_hold(w.person, w.purpose) held ORDER BY held) AS holding,
        ARRAY(SELECT held FROM consents_that_hold(w.person, w.purpose) held WHERE is_explicit_consent(held) ORDER BY held) AS explicit,
        (SELECT coalesce(json_agg(v), '[]')::text FROM (
            SELECT channel || ' ' || person_id AS subject, id, event, source, at, wording_version FROM consent_event
            WHERE person_id IN (SELECT people_of(w.person)) AND purpose = w.purpose) v) AS events,
        p.needs_confirmation,
        coalesce((SELECT o.number FROM customer_order o JOIN affiliation f ON f.customer = o.customer
            WHERE f.person = w.person AND o.status <> 'cancelled' ORDER BY o.ordered_on DESC, o.id DESC LIMIT 1), '') AS contract
    FROM unnest($1::bigint[], $2::text[]) AS w(person, purpose) LEFT JOIN purpose p ON p.code = w.purpose
"""


async def basis_facts(asked: Sequence[tuple[Definition, Whom, str]]) -> list[BasisFacts]:
    """For each attribute and whom it shall describe the facts of the decision; the third is the contract that somebody
    names, which counts before an order that is known."""
    pairs = sorted({(about.person_id, one.purpose) for one, about, _named in asked if about.person_id is not None})
    rows = await fetch(_FACTS, [pair[0] for pair in pairs], [pair[1] for pair in pairs]) if pairs else []
    known = {(row.person, row.purpose): row for row in rows}
    return [_facts(one, about, named, known.get((about.person_id, one.purpose))) for one, about, named in asked]


def _facts(one: Definition, about: Whom, named: str, row: Row | None) -> BasisFacts:
    facts: dict[str, Any] = {
        "about": one.about, "legal_basis": one.legal_basis, "is_organisation": about.person_id is None,
        "is_special": one.is_special, "is_retired": one.is_retired, "is_restricted": about.is_restricted,
        "note": one.basis_note,
    }  # fmt: skip
    if row is None:
        return BasisFacts(**facts)
    return BasisFacts(
        **facts, consent=_status(row), holding=tuple(row.holding), explicit=tuple(row.explicit),
        has_said_no=row.has_said_no, contract=named or row.contract,
    )  # fmt: skip


def _status(row: Row) -> Status:
    """Of all channels, and of everybody who was merged into the person, the strictest state, which says why there is no consent."""
    answers: dict[str, list[EventRow]] = {}
    for event in msgspec.json.decode(row.events, type=list[EventRow]):
        answers.setdefault(event.subject, []).append(event)
    return strictest(
        state_of(
            [event.as_event() for event in own],
            needs_confirmation=bool(row.needs_confirmation),
            channel=subject.partition(" ")[0],
        )
        for subject, own in answers.items()
    ).status


async def outlook(one: Definition, customer_id: int, person_id: int | None) -> tuple[Verdict, Whom]:
    """What the decision about a value would be now, and about whom, for the form that is about to be filled in. Raises
    NotFound."""
    about = (await whom([(customer_id, person_id)])).get((customer_id, person_id))
    if about is None:
        raise NotFound()
    return decide((await basis_facts([(one, about, "")]))[0]), about
