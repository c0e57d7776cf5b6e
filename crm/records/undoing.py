"""Undoes a whole import: what it created goes unless somebody has used it since, what it changed gets its former values back
unless they were changed again. What cannot be undone is named beforehand, with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from crm.accounts.audit import record, record_many
from crm.customers.changing import change_customer
from crm.customers.data import Address, Reach
from crm.customers.lists.found_by import refresh_search_texts
from crm.customers.persons import change_person
from crm.database import HIGHEST_ID, Row, decoded, execute, fetch, fetch_one, transaction
from crm.errors import NotFound, RuleBroken
from crm.queue import enqueue
from crm.records.attribute_writing import attributes_back, give_attributes_back
from crm.records.claiming import STALE
from crm.records.customer_chunks import kept
from crm.records.hidden_rows import HIDDEN
from crm.records.imports import KEPT
from crm.records.tables import Outcome, RunStatus
from crm.records.targets import ImportKind
from crm.records.undo_plan import UndoPlan
from crm.records.undoing_records import plan_records, undo_records
from crm.records.updating import former_customers, former_persons
from crm.web.i18n import _

CHUNK = 500

OWN = frozenset({
    "affiliation", "email_address", "phone_number", "web_address", "postal_address", "customer_figures", "status_change", "customer_tag",
    "information_duty",
})  # fmt: skip
"""Tables that an import itself fills. Who changes something there raises the version of the customer or person."""

MADE_BY_MACHINE = frozenset({"customer_score", "score_change", "duplicate_pair", "customer_blocks", "duplicate_todo"})
"""What tasks compute about every customer does not count as use."""

_REFERENCES = """
    SELECT c.conrelid::regclass::text AS table_name, a.attname AS column_name, c.confrelid::regclass::text AS target
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f' AND c.confrelid IN ('customer'::regclass, 'person'::regclass) AND cardinality(c.conkey) = 1
"""


async def demand_undoable(run_id: int, now: datetime) -> Row:
    """The run, if it can be undone. Raises NotFound, RuleBroken."""
    run = await fetch_one("SELECT * FROM import_run WHERE id = $1", run_id)
    if run is None:
        raise NotFound()
    if run.status not in (RunStatus.DONE, RunStatus.STOPPED, RunStatus.FAILED, RunStatus.UNDOING):
        raise RuleBroken(_("Only an import that has written something can be undone."))
    if run.finished_at is not None and run.finished_at < now - KEPT:
        raise RuleBroken(_("This import is older than 30 days; its former values are no longer kept."))
    return run


async def plan_undo(run_id: int, *, now: datetime, shown: int = 100) -> UndoPlan:
    """What undoing this import would do, and what it could not."""
    run = await demand_undoable(run_id, now)
    plan, before, held = UndoPlan(), HIGHEST_ID, set[int]()
    while rows := await _rows_backwards(run_id, before):
        before = rows[-1].id
        await _plan_rows(run, rows, plan, held, shown, now)
    plan.obstacles.sort(key=lambda one: one.line)
    return plan


async def _plan_rows(run: Row, rows: Sequence[Row], plan: UndoPlan, held: set[int], shown: int, now: datetime) -> None:
    if run.kind != ImportKind.CUSTOMERS:
        await plan_records(run, rows, plan, shown, now)
        return
    used = await _used(run.id, rows, held)
    changes = await _changed_rows(rows)
    back, stays = await attributes_back([row for row in rows if row.outcome == Outcome.UPDATED])
    for row in rows:
        if row.outcome == Outcome.UPDATED:
            own, theirs, lost = changes[row.id]
            plan.restored += bool(own or theirs or back.get(row.id))
            for name in (*lost, *stays.get(row.id, ())):
                plan.keep(row, name, shown)
        elif why := used.get(row.id, ""):
            plan.keep(row, why, shown)
        elif row.outcome == Outcome.CREATED:
            plan.removed_customers += 1
        else:
            plan.removed_persons += 1


async def _used(run_id: int, rows: Sequence[Row], held: set[int]) -> dict[int, str]:
    """Which of the created rows somebody has used since, and where: row id -> a table's name, "changed" or "person". `held`
    gathers the organisations that stay because one of their persons does."""
    customers = {row.customer: row.id for row in rows if row.outcome == Outcome.CREATED and row.customer}
    persons = {row.person: row.id for row in rows if row.outcome in (Outcome.CREATED, Outcome.JOINED) and row.person}
    found: dict[int, str] = {}
    for ids, table in ((customers, "customer"), (persons, "person")):
        for row in await fetch(
            f"SELECT id FROM {table} WHERE id = ANY($1) AND (version > 1 OR restricted_at IS NOT NULL)", list(ids)
        ):
            found.setdefault(ids[row.id], "changed")
    for row in await fetch(
        "SELECT DISTINCT person_id AS id FROM consent_event WHERE person_id = ANY($1)", list(persons)
    ):
        found.setdefault(persons[row.id], "consent_event")
    strangers = await fetch(_STRANGERS, list(customers), run_id)
    references = [each for each in await fetch(_REFERENCES) if each.table_name not in OWN | MADE_BY_MACHINE]
    for reference in sorted(
        references, key=lambda each: each.table_name == "timeline_entry"
    ):  # which only repeats what others say
        ids = customers if reference.target == "customer" else persons
        for row in await _referring(reference, list(ids), run_id):
            found.setdefault(ids[row.id], reference.table_name)
        held |= {row.customer for row in rows if row.outcome == Outcome.JOINED and row.id in found}
        for customer in {row.id for row in strangers} | (held & set(customers)):
            found.setdefault(customers[customer], "person")
    return found


_STRANGERS = """
    SELECT DISTINCT a.customer AS id FROM affiliation a WHERE a.customer = ANY($1) AND NOT EXISTS (
        SELECT FROM import_row w WHERE w.run = $2 AND NOT w.is_trial AND w.person = a.person AND w.outcome IN ('created', 'joined'))
"""
"""Organisations with a person whom this import has not brought."""


_WHILE = (
    "BETWEEN (SELECT started_at FROM import_run WHERE id = $2) "
    "AND (SELECT coalesce(finished_at, now()) FROM import_run WHERE id = $2))"
)
_WRITTEN_BY_IMPORT = {
    "attribute_value": "t.source = 'import' AND t.version = 1 AND (t.recorded_at",
    "attribute_basis": "t.consent_event IS NULL AND t.ended_at IS NULL AND (t.valid_from",
}
"""Attributes that this import itself has written, while it ran."""


_NO_USE = {"reminder": "t.cause = ''", "alarm": "t.withdrawn_at IS NULL"}
"""What came of its own accord, or is withdrawn, is no use of the customer: it goes with them."""


async def _referring(reference: Row, ids: list[int], run_id: int) -> list[Row]:
    """Which of these customers or persons a table points to; customers of the same import may point to each other."""
    column = f't."{reference.column_name}"'
    sql = f"SELECT DISTINCT {column} AS id FROM {reference.table_name} t WHERE {column} = ANY($1)"
    if reference.table_name in _WRITTEN_BY_IMPORT:
        return await fetch(f"{sql} AND NOT ({_WRITTEN_BY_IMPORT[reference.table_name]} {_WHILE})", ids, run_id)
    if reference.table_name in _NO_USE:
        return await fetch(f"{sql} AND {_NO_USE[reference.table_name]}", ids)
    if reference.table_name != "customer":
        return await fetch(sql, ids)
    own = "SELECT FROM import_row w WHERE w.run = $2 AND NOT w.is_trial AND w.customer = t.id AND w.outcome = 'created'"
    return await fetch(f"{sql} AND NOT EXISTS ({own})", ids, run_id)


async def _changed_rows(rows: Sequence[Row]) -> dict[int, tuple[dict[str, Any], dict[str, Any], list[str]]]:
    """For rows that changed something: what to write back to the customer and to the person, and which fields were changed
    again since."""
    updated = [row for row in rows if row.outcome == Outcome.UPDATED]
    customers = await former_customers([row.customer for row in updated if row.customer])
    persons = await former_persons([(row.person, row.customer) for row in updated if row.person and row.customer])
    found = {}
    for row in updated:
        detail = decoded(row.detail)
        now_customer = customers.get(row.customer)
        now_person = persons.get((row.person or 0, row.customer or 0), now_customer)
        own, lost_own = _back(detail.get("customer", {}), now_customer)
        theirs, lost_theirs = _back(detail.get("person", {}), now_person)
        found[row.id] = (own, theirs, [*lost_own, *lost_theirs])
    return found


def _back(changes: Mapping[str, Sequence[Any]], now: Mapping[str, Any] | None) -> tuple[dict[str, Any], list[str]]:
    if now is None:
        return {}, list(changes)
    back, lost = {}, []
    for name, (former, new) in changes.items():
        if _plain(now.get(name)) == new:
            back[name] = _typed(name, former)
        else:
            lost.append(name)
    return back, lost


def _plain(value: Any) -> Any:
    """A value as it stands in the import's row, after a journey through JSON."""
    return msgspec.json.decode(msgspec.json.encode(kept(value), enc_hook=str))


def _typed(name: str, value: Any) -> Any:
    match name:
        case "emails" | "phones":
            return tuple(Reach(*one) for one in value)
        case "addresses":
            return tuple(Address(*one) for one in value)
        case "tags":
            return tuple(value)
        case "birthday" | "checked_on":
            return date.fromisoformat(value) if value else None
        case _:
            return value


async def request_undo(run_id: int, *, by: int | None, now: datetime, in_background: bool = True) -> None:
    """Begin to undo an import."""
    async with transaction():
        await demand_undoable(run_id, now)
        await execute(
            "UPDATE import_run SET status = 'undoing', claimed_at = NULL, undone_by = $2 WHERE id = $1 AND status <> 'undoing'",
            run_id,
            by,
        )
        if in_background:
            await enqueue("undo_import", run_id)


async def undo_import(run_id: int, *, now: datetime) -> bool:
    """Undo, in chunks, each in one transaction; safe to go on after a crash. False if another one is at it or it is done."""
    run = await fetch_one(
        "UPDATE import_run SET claimed_at = clock_timestamp() WHERE id = $1 AND status = 'undoing' "
        "AND (claimed_at IS NULL OR claimed_at < clock_timestamp() - $2::interval) RETURNING *",
        run_id, STALE,
    )  # fmt: skip
    if run is None:
        return False
    before, stays, held = HIGHEST_ID, 0, set[int]()
    while rows := await _rows_backwards(run_id, before):  # the last first: persons before their organisation
        before = rows[-1].id
        async with transaction():
            stays += await _undo_rows(run, rows, held, now)
            await execute("UPDATE import_run SET claimed_at = clock_timestamp() WHERE id = $1", run_id)
    async with transaction():
        await execute(
            "UPDATE import_run SET status = 'undone', claimed_at = NULL, undone_at = $2 WHERE id = $1 AND status = 'undoing'",
            run_id,
            now,
        )
        fields = {"file": run.file_name, "known": stays} if stays else {"file": run.file_name}
        await record(f"{run.kind}.import_undone", "import", run_id, by=run.undone_by, now=now, fields=fields)
    return True


async def _rows_backwards(run_id: int, before: int) -> list[Row]:
    return await fetch(
        f"SELECT id, line, outcome, label, customer, person, record, detail::text AS detail, ({HIDDEN}) AS is_hidden FROM import_row w "
        "WHERE run = $1 AND NOT is_trial AND id < $2 AND outcome IN ('created', 'joined', 'updated') AND reason <> 'undone' "
        "ORDER BY id DESC LIMIT $3",
        run_id, before, CHUNK,
    )  # fmt: skip


async def _undo_rows(run: Row, rows: Sequence[Row], held: set[int], now: datetime) -> int:
    """Undo these rows; answers how many stay as they are."""
    if run.kind != ImportKind.CUSTOMERS:
        return await undo_records(run, rows, now)
    used = await _used(run.id, rows, held)
    free = [row for row in rows if row.outcome != Outcome.UPDATED and row.id not in used]
    persons = [row.person for row in free if row.person]
    customers = [row.customer for row in free if row.outcome == Outcome.CREATED]
    joined = [row for row in free if row.outcome == Outcome.JOINED]
    await record_many("customer.removed", "customer", customers, by=run.undone_by, now=now, fields={"import": run.id})
    await record_many("person.removed", "person", persons, by=run.undone_by, now=now, fields={"import": run.id})
    await execute("DELETE FROM customer WHERE id = ANY($1)", customers)
    if joined:
        await execute("DELETE FROM affiliation WHERE person = ANY($1)", [row.person for row in joined])
    await execute(
        "DELETE FROM person p WHERE p.id = ANY($1) AND NOT EXISTS (SELECT FROM affiliation a WHERE a.person = p.id)",
        persons,
    )
    if joined:
        await refresh_search_texts(list({row.customer for row in joined}))
    changes = await _changed_rows(rows)
    back, stays = await attributes_back([row for row in rows if row.outcome == Outcome.UPDATED])
    for row in rows:
        if row.outcome == Outcome.UPDATED:
            await _give_back(row, *changes[row.id][:2], by=run.undone_by, now=now)
            await give_attributes_back(back.get(row.id, ()), by=run.undone_by, now=now)
    done = [row.id for row in free]
    done += [number for number, (_own, _theirs, lost) in changes.items() if not lost and number not in stays]
    await execute("UPDATE import_row SET reason = 'undone', fingerprint = NULL WHERE id = ANY($1)", done)
    return len(rows) - len(done)


async def _give_back(row: Row, own: dict[str, Any], theirs: dict[str, Any], *, by: int | None, now: datetime) -> None:
    is_numbered = "person_external_id" in theirs
    number = theirs.pop("person_external_id", None)
    if is_numbered:
        await execute(
            "UPDATE person SET external_id = $2 WHERE id = coalesce($1, (SELECT person FROM affiliation WHERE customer = $3 AND is_self))",
            row.person, number, row.customer,
        )  # fmt: skip
    if own:
        await change_customer(row.customer, own, None, by=by, now=now)
    if theirs and row.person:
        await change_person(row.person, row.customer, theirs, None, by=by, now=now)
