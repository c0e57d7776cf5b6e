"""Writes a chunk of an import of customers: look up who is there, decide, create, add persons, change, all by set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crm.customers.merged import survivor_sql
from crm.customers.suppression.entries import is_any_suppressed
from crm.database import Row, decoded, execute
from crm.records.attribute_cells import mapped_attributes
from crm.records.attribute_writing import AttributeChunks
from crm.records.chunks import Line, wrong
from crm.records.deciding import Simulated, Step, decide
from crm.records.erased_rows import erased_rows
from crm.records.known import look_up
from crm.records.parsing import Parsed
from crm.records.same import Keys
from crm.records.tables import Outcome, Rule, RunStatus
from crm.records.updating import Changed, differences, former_customers, former_persons, update_many
from crm.records.writing import Context, context_for, create_many, join_many


class CustomerChunks:
    """One import of customers. A dry run remembers what it would have created, for the rows that come later."""

    def __init__(self, run: Row, context: Context, decisions: Mapping[int, str], now: datetime) -> None:
        self.run, self.context, self.decisions, self.now = run, context, decisions, now
        self.rule = Rule(run.rule)
        self.is_trial = run.status == RunStatus.CHECKING
        self.simulated = Simulated()
        self.attributes: AttributeChunks | None = None
        self.looks_for_erased = False

    @classmethod
    async def begin(cls, run: Row, decisions: Mapping[int, str], now: datetime) -> CustomerChunks:
        context = await context_for(by=run.requested_by, source=run.source, informed_on=run.informed_on, run_id=run.id)
        chunks = cls(run, context, decisions, now)
        chunks.looks_for_erased = await is_any_suppressed()
        if definitions := await mapped_attributes(decoded(run.mapping)):
            chunks.attributes = AttributeChunks(run, definitions, now)
        return chunks

    async def write(self, rows: list[Parsed]) -> list[Line]:
        lines = {row.line: wrong(row) for row in rows if row.prepared is None}
        if self.looks_for_erased:
            lines |= {line: _erased(line) for line in await erased_rows(rows)}
        waiting = [(row, row.prepared.keys) for row in rows if row.prepared is not None and row.line not in lines]
        while waiting:  # rows that may be the same as one before them wait until that one is written
            same_file = self.run.file_sha256 if self.rule is Rule.CREATE else ""
            known = await look_up([keys for _row, keys in waiting], run_id=self.run.id, same_file=same_file)
            if self.is_trial:
                self.simulated.lay_over(known, waiting)
            keys_by_line = {row.line: keys for row, keys in waiting}
            steps, waiting = decide(waiting, known, self.rule, self.decisions)
            done = await (self._try(steps, keys_by_line) if self.is_trial else self._do(steps))
            lines |= {line.number: line for line in done}
        found = [lines[row.line] for row in rows]
        if self.attributes is not None:
            await self.attributes.put(rows, found)
        return found

    def written(self) -> None:
        """Nothing to do: what is remembered holds for the dry run alone, which writes nothing."""

    async def _do(self, steps: list[Step]) -> list[Line]:
        new = [step for step in steps if step.outcome is Outcome.CREATED]
        joining = [step for step in steps if step.outcome is Outcome.JOINED]
        changing = [step for step in steps if step.outcome is Outcome.UPDATED]
        made = await create_many([step.parsed for step in new], self.context, now=self.now)
        lines = [_line(step, customer, person) for step, (customer, person) in zip(new, made, strict=True)]
        homes = [(step.parsed, step.match.customer.customer_id) for step in joining if step.match]
        persons = await join_many(homes, self.context, now=self.now)
        lines += [_line(step, home, person) for step, (_row, home), person in zip(joining, homes, persons, strict=True)]
        changes = await update_many(changing, by=self.context.by, now=self.now)
        lines += [_changed(step, change) for step, change in zip(changing, changes, strict=True)]
        return lines + [_left(step) for step in steps if step.outcome in (Outcome.SKIPPED, Outcome.ASKED)]

    async def _try(self, steps: list[Step], keys: Mapping[int, Keys]) -> list[Line]:
        """What would become of these rows."""
        changing = [step for step in steps if step.outcome is Outcome.UPDATED and step.match]
        real = [step.match for step in changing if step.match and step.match.customer.customer_id > 0]
        customers = await former_customers([match.customer.customer_id for match in real])
        persons = await former_persons([(m.person_id, m.customer.customer_id) for m in real if m.person_id])
        lines = []
        for step in steps:
            if step.outcome in (Outcome.CREATED, Outcome.JOINED):
                self.simulated.add(step, keys[step.parsed.line])
                home = step.match.customer.customer_id if step.match else None
                lines.append(_line(step, home if home is not None and home > 0 else None, None))
            elif step.outcome is Outcome.UPDATED:
                own, theirs = differences(step, customers, persons)
                before = customers.get(step.match.customer.customer_id, {}) if step.match else {}
                person = (
                    persons.get((step.match.person_id or 0, step.match.customer.customer_id), {}) if step.match else {}
                )
                own.pop("person_external_id", None)
                theirs.pop("person_external_id", None)
                change = Changed(
                    {n: [before[n], v] for n, v in own.items()}, {n: [person.get(n), v] for n, v in theirs.items()}
                )
                lines.append(_changed(step, change))
            else:
                lines.append(_left(step))
        return lines

    async def finish(self) -> None:
        """Who belongs to whom: the organisation above may stand anywhere in the file, or have been there before."""
        await execute(_LINK, self.run.id)
        await execute(_NOTE_UNKNOWN, self.run.id)


_ABOVE = f"""
    SELECT r.id AS row, r.customer, (
        SELECT p.id FROM customer o JOIN customer p ON p.id = {survivor_sql("customer", "o")}
        WHERE (o.external_id = r.parent OR o.number = r.parent) AND p.kind = 'organisation'
            AND p.deleted_at IS NULL AND p.restricted_at IS NULL AND p.id <> r.customer ORDER BY o.external_id = r.parent DESC LIMIT 1
    ) AS parent
    FROM import_row r WHERE r.run = $1 AND NOT r.is_trial AND r.parent <> '' AND r.customer IS NOT NULL
        AND r.outcome IN ('created', 'updated', 'unchanged')
"""
_LINK = f"""
    UPDATE customer c SET parent = x.parent FROM ({_ABOVE}) x
    WHERE c.id = x.customer AND x.parent IS NOT NULL AND c.parent IS NULL AND NOT EXISTS (
        WITH RECURSIVE up AS (
            SELECT id, parent FROM customer WHERE id = x.parent UNION SELECT n.id, n.parent FROM customer n JOIN up ON n.id = up.parent
        ) SELECT FROM up WHERE id = c.id)
"""
_NOTE_UNKNOWN = f"""
    UPDATE import_row r SET detail = jsonb_set(r.detail, '{{notes}}', coalesce(r.detail -> 'notes', '[]')
        || jsonb_build_array(jsonb_build_array('parent_unknown', left(r.parent, 60))))
    FROM ({_ABOVE}) x WHERE r.id = x.row AND x.parent IS NULL
"""


def _erased(line: int) -> Line:
    """A row of somebody who was erased on their own request: left out, and nothing of it is kept."""
    return Line(line, Outcome.SKIPPED, "", "erased")


def _line(step: Step, customer_id: int | None, person_id: int | None) -> Line:
    row = step.parsed
    return Line(
        row.line,
        step.outcome,
        row.label,
        step.reason,
        customer_id,
        person_id,
        None,
        row.fingerprint,
        row.parent,
        _notes(row),
    )


def _changed(step: Step, change: Changed) -> Line:
    row, match = step.parsed, step.match
    assert match is not None
    detail = _notes(row)
    for name, values in (("customer", change.customer), ("person", change.person)):
        if values:
            detail[name] = {field: [kept(each) for each in pair] for field, pair in values.items()}
    outcome = Outcome.UPDATED if change else Outcome.UNCHANGED
    found = match.customer
    return Line(
        row.line, outcome, row.label, step.reason, found.customer_id if found.customer_id > 0 else None, match.person_id, None, 0,
        row.parent, {**detail, "name": found.name},
    )  # fmt: skip


def _left(step: Step) -> Line:
    """A row that was left out, or waits for a decision: then with its cells, so that it can be imported again."""
    row, match = step.parsed, step.match
    detail = _notes(row)
    customer_id = match.customer.customer_id if match else None
    if match is not None:
        detail["name"] = match.customer.name
        if match.customer.customer_id < 0:
            detail["line"] = -match.customer.customer_id
    shown = customer_id if customer_id is not None and customer_id > 0 else None
    cells = row.cells if step.outcome is Outcome.ASKED else ()
    return Line(row.line, step.outcome, row.label, step.reason, shown, None, None, 0, "", detail, cells)


def _notes(row: Parsed) -> dict[str, object]:
    return {"notes": [list(note) for note in row.notes]} if row.notes else {}


def kept(value: object) -> object:
    """A value as it can be kept and given back: lists as lists of their parts."""
    if isinstance(value, tuple):
        return [kept(one) for one in value]
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None:
        return [getattr(value, name) for name in fields]
    return value
