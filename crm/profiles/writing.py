"""Writing and deleting the values of attributes: one way for the form, the API and the import."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from crm.accounts.audit import record, record_many
from crm.database import execute, fetch, fetch_one, transaction
from crm.errors import Conflict, Invalid, NotFound
from crm.profiles.basis import Verdict, decide
from crm.profiles.definitions import Definition, Raw, Unreadable, Value, read_value
from crm.profiles.gathering import Whom, basis_facts, whom
from crm.profiles.queries import definitions
from crm.profiles.sentences import refusal
from crm.web.i18n import _

LONGEST_REFERENCE = 300


@dataclass(frozen=True, slots=True)
class Wish:
    """One value to be written: of the organisation or private person `customer_id`, or of the person `person_id` there.
    `reference` names the contract, for an attribute that rests on one."""

    customer_id: int
    code: str
    value: Raw
    person_id: int | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a wish is not fulfilled: its place in the list, the field that is wrong (`value`, `code`, `customer_id`,
    `basis`), and a sentence that says what to do; where a basis is missing, the code of the sentence and whose it is."""

    place: int
    field: str
    sentence: str
    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Ready:
    definition: Definition
    about: Whom
    value: Value
    verdict: Verdict


async def write_attributes(wishes: Sequence[Wish], *, source: str, by: int | None, now: datetime) -> list[Refusal]:
    """Write what may be written, and answer what may not, each with its reason; a bounded number of statements for any
    number of wishes, in one transaction. The last of several values for the same attribute counts.

    For each person and purpose the basis is stated first, from what the ledger says now; the database refuses a value
    without one. `source` is form, api or import. Raises RestrictViolationError (asyncpg) if a consent is withdrawn in
    the same moment: nothing is written then, and the same call again says who was lost.
    """
    async with transaction():
        ready, refused = await _examined(wishes)
        if ready:
            await _state_bases(ready, by=by, now=now)
            await _write_values(ready, source=source, by=by, now=now)
            await _tell(ready, by=by, now=now)
        return refused


async def write_attribute(
    wish: Wish, *, source: str, by: int | None, now: datetime, version: int | None = None
) -> None:
    """One value. Raises Invalid with the reason where `write_attributes` would refuse, NotFound for a customer, person or
    attribute that is not there, Conflict if `version` is no longer the saved one (0: there was no value)."""
    try:
        async with transaction():
            if version is not None:
                await _demand_version(wish, version)
            for refused in await write_attributes([wish], source=source, by=by, now=now):
                if refused.field in ("code", "customer_id"):
                    raise NotFound()
                raise Invalid({"value" if refused.field == "basis" else refused.field: refused.sentence})
    except asyncpg.RestrictViolationError:
        found = (await definitions([wish.code])).get(wish.code)
        about = await whom([(wish.customer_id, wish.person_id)])
        name = next((one.name for one in about.values()), "")
        raise Invalid({"value": refusal("ended_meanwhile", found, name) if found else ""}) from None


async def delete_attribute(
    customer_id: int, code: str, person_id: int | None = None, *, by: int | None, now: datetime
) -> None:
    """Forget a value; one that is not there is no mistake. Raises NotFound for a customer, person or attribute that is
    not there."""
    async with transaction():
        about = (await whom([(customer_id, person_id)])).get((customer_id, person_id))
        found = (await definitions([code])).get(code)
        if about is None or found is None:
            raise NotFound()
        column, subject_id = ("customer", customer_id) if about.person_id is None else ("person", about.person_id)
        gone = await fetch(
            f"DELETE FROM attribute_value WHERE attribute = $1 AND {column} = $2 RETURNING id", found.id, subject_id
        )
        if gone:
            await record("attribute.deleted", column, subject_id, by=by, now=now, fields={"attribute": code})


async def refusals(wishes: Sequence[Wish]) -> list[Refusal]:
    """What `write_attributes` would refuse now; nothing is written."""
    return (await _examined(wishes))[1]


async def _examined(wishes: Sequence[Wish]) -> tuple[list[_Ready], list[Refusal]]:
    """The wishes that may be fulfilled, and why the others may not."""
    known = await definitions({wish.code for wish in wishes})
    people = await whom({(wish.customer_id, wish.person_id) for wish in wishes})
    refused: list[Refusal] = []
    readable: list[tuple[int, Definition, Whom, Value, str]] = []
    for place, wish in enumerate(wishes):
        one, about = known.get(wish.code), people.get((wish.customer_id, wish.person_id))
        if one is None:
            refused.append(Refusal(place, "code", _("There is no attribute “%(code)s”.") % {"code": wish.code[:40]}))
        elif about is None:
            refused.append(Refusal(place, "customer_id", _("There is no such customer or person.")))
        else:
            try:
                value = read_value(one, wish.value)
            except Unreadable as error:
                refused.append(Refusal(place, "value", error.sentence))
                continue
            reference = " ".join(wish.reference.replace("\x00", "").split())[:LONGEST_REFERENCE]
            readable.append((place, one, about, value, reference))
    facts = await basis_facts([(one, about, reference) for _place, one, about, _value, reference in readable])
    ready: dict[tuple[int, int | None, int], _Ready] = {}
    for (place, one, about, value, _reference), fact in zip(readable, facts, strict=True):
        verdict = decide(fact)
        if verdict.allowed:
            key = (one.id, about.person_id, 0 if about.person_id else about.customer_id)
            ready[key] = _Ready(one, about, value, verdict)
        else:
            sentence = refusal(verdict.code, one, about.name)
            refused.append(Refusal(place, "basis", sentence, verdict.code, about.name))
    return list(ready.values()), sorted(refused, key=lambda one: one.place)


async def _state_bases(ready: Sequence[_Ready], *, by: int | None, now: datetime) -> None:
    """A row per person, purpose and basis that is not stated yet; in the order of the persons, so that two writers take
    turns and do not wait for each other."""
    rows = sorted(
        {
            (one.about.person_id, one.definition.purpose, one.verdict.basis, event, one.verdict.reference)
            for one in ready
            if one.about.person_id is not None
            for event in (one.verdict.events or (None,))
        },
        key=lambda row: (row[0], row[1], row[3] or 0),
    )
    if not rows:
        return
    await execute(
        "INSERT INTO attribute_basis (person, purpose, basis, consent_event, reference, valid_from, stated_by) "
        "SELECT w.person, w.purpose, w.basis, w.event, w.reference, $6, $7 "
        "FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[]) WITH ORDINALITY "
        "AS w(person, purpose, basis, event, reference, n) WHERE NOT EXISTS (SELECT FROM attribute_basis b "
        "WHERE b.person = w.person AND b.purpose = w.purpose AND b.basis = w.basis AND b.ended_at IS NULL "
        "AND b.consent_event IS NOT DISTINCT FROM w.event) ORDER BY w.n ON CONFLICT DO NOTHING",
        *(list(column) for column in zip(*rows, strict=True)), now, by,
    )  # fmt: skip


_UPSERT = """
    INSERT INTO attribute_value (attribute, customer, person, text, number, on_date, flag, source, recorded_at, recorded_by, version)
    SELECT w.attribute, w.customer, w.person, w.text, w.number, w.on_date, w.flag, $8, $9, $10, 1
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::numeric[], $6::date[], $7::boolean[])
        AS w(attribute, customer, person, text, number, on_date, flag)
    WHERE w.{whose} IS NOT NULL
    ON CONFLICT ({whose}, attribute) WHERE {whose} IS NOT NULL DO UPDATE SET text = excluded.text, number = excluded.number,
        on_date = excluded.on_date, flag = excluded.flag, source = excluded.source, recorded_at = excluded.recorded_at,
        recorded_by = excluded.recorded_by, blocked_at = NULL, version = attribute_value.version + 1
"""


async def _write_values(ready: Sequence[_Ready], *, source: str, by: int | None, now: datetime) -> None:
    ordered = sorted(ready, key=lambda one: (one.about.person_id or 0, one.about.customer_id, one.definition.id))
    columns: list[list[object]] = [
        [one.definition.id for one in ordered],
        [one.about.customer_id if one.about.person_id is None else None for one in ordered],
        [one.about.person_id for one in ordered],
        [one.value.text for one in ordered],
        [one.value.number for one in ordered],
        [one.value.on_date for one in ordered],
        [one.value.flag for one in ordered],
    ]
    for whose in ("person", "customer"):
        if any(columns[2 if whose == "person" else 1]):
            await execute(_UPSERT.format(whose=whose), *columns, source, now, by)


async def _tell(ready: Sequence[_Ready], *, by: int | None, now: datetime) -> None:
    """The audit trail holds who wrote which attribute on which basis, not the value: that goes when it must go."""
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for one in ready:
        kind = "customer" if one.about.person_id is None else "person"
        groups[kind, one.definition.code, one.verdict.basis].append(one.about.person_id or one.about.customer_id)
    for (kind, code, basis), ids in groups.items():
        fields = {"attribute": code, "legal_basis": basis} if basis else {"attribute": code}
        await record_many("attribute.written", kind, ids, by=by, now=now, fields=fields)


async def _demand_version(wish: Wish, version: int) -> None:
    about = (await whom([(wish.customer_id, wish.person_id)])).get((wish.customer_id, wish.person_id))
    if about is None:
        raise NotFound()
    column, subject_id = ("customer", wish.customer_id) if about.person_id is None else ("person", about.person_id)
    row = await fetch_one(
        "SELECT v.version FROM attribute_value v JOIN attribute a ON a.id = v.attribute "
        f"WHERE a.code = $1 AND v.{column} = $2 AND v.blocked_at IS NULL FOR UPDATE OF v",
        wish.code, subject_id,
    )  # fmt: skip
    saved = int(row.version) if row else 0
    if saved != version:
        raise Conflict(_("Somebody else saved this attribute meanwhile. Look at it and send yours again."), (), saved)


async def note_reading(subject_kind: str, subject_id: int, code: str, *, by: int, now: datetime) -> None:
    """Each reading of a special category is on record (GDPR Art. 5 (2), § 22 (2) BDSG): who, whose, which, when."""
    await record("attribute.read", subject_kind, subject_id, by=by, now=now, fields={"attribute": code})
