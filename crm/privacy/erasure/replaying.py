"""After a restore: whoever was erased after the backup was made is erased again, by the journal that lies beside the backups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from crm.accounts.audit import record
from crm.customers.suppression.entries import suppress
from crm.customers.suppression.keys import Key
from crm.customers.suppression.tables import KeyKind
from crm.database import execute, fetch, fetch_one, fetch_value, transaction
from crm.privacy.erasure.duty_actions import duties_in_force
from crm.privacy.erasure.executing import STALE, begin_erasure, carry_out, erase_person
from crm.privacy.erasure.journal import Noted, house_mark, name_marks, read_journal, row_marks
from crm.privacy.erasure.needles import keys_for
from crm.privacy.erasure.planning import planned_rows
from crm.privacy.subject import Subject, subject_of, subject_of_all
from crm.web.i18n import zone


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many erasures were done again, and of how many nothing was there to erase: their ids mean nobody or somebody else in this
    database. Their keys are entered all the same."""

    done: int
    foreign: int


async def replay_erasures(journal: Path, *, now: datetime, is_restored: bool = False) -> Replayed:
    """Do again what the journal in this folder says and this database does not know. Erasures of other houses are passed over. Safe to
    run at any time, and twice.
    An erasure that runs is left to its worker, unless that one is lost or (`is_restored`) stayed behind with the old database."""
    known = {row.uid for row in await fetch("SELECT uid FROM erasure WHERE status = 'done'")}
    running = (
        set()
        if is_restored
        else {
            row.uid
            for row in await fetch("SELECT uid FROM erasure WHERE status = 'running' AND claimed_at >= $1", now - STALE)
        }
    )
    done = foreign = 0
    mark = await house_mark()
    for noted in read_journal(journal):
        if noted.house != mark or noted.uid in known or noted.uid in running:
            continue
        if await _replay(noted, journal, now):
            done += 1
        else:
            foreign += 1
    return Replayed(done, foreign)


async def _replay(noted: Noted, journal: Path, now: datetime) -> bool:
    """Erase one person again; false if the ids are not theirs (any more)."""
    begun = await fetch_one("SELECT id, status FROM erasure WHERE uid = $1", noted.uid)
    if begun is not None and begun.status == "running":
        stale = now - STALE - timedelta(seconds=1)
        await execute("UPDATE erasure SET claimed_at = $2, is_replayed = true WHERE id = $1", begun.id, stale)
        return await erase_person(int(begun.id), journal=journal, now=now)
    subject = await _still_there(noted)
    erasure_id = await _write_run(noted, begun.id if begun else None, subject, now=now)
    if subject is None:
        return False
    rows = await planned_rows(subject, await duties_in_force(), now.astimezone(zone.get()).date(), zone.get().key)
    run = await begin_erasure(erasure_id, subject, rows, now=now)
    if run is None:
        return False
    await carry_out(run, journal=journal, now=now)
    return True


async def _still_there(noted: Noted) -> Subject | None:
    """The person who was erased, if these ids still mean them: after a restore the next person gets the same number again. The rows that
    were made at the same moment are theirs, whatever they are called by now, and all of them: in the backup they may not be merged yet.
    Where the journal is too old to know that, an address, a number or the name tells; with none of them known nobody is erased."""
    if noted.rows:
        marks = await row_marks(noted.persons, noted.customers)
        same = sorted(marks[mark] for mark in noted.rows if mark in marks)
        persons, customers = ([number for kind, number in same if kind == what] for what in ("person", "customer"))
    else:
        persons = [one for one in noted.persons if await _is_known(noted, await subject_of(one, None))]
        customers = [one for one in noted.customers if await _is_known(noted, await subject_of(None, one))]
    return await subject_of_all(persons, customers) if persons or customers else None


async def _is_known(noted: Noted, subject: Subject) -> bool:
    """Whether an address, a number or the name is one of those noted."""
    keys = {key.key for key in await keys_for(subject.needles)} & {key for _kind, key in noted.keys}
    return bool(keys or set(await name_marks(subject.needles.names)) & set(noted.names))


async def _write_run(noted: Noted, begun: int | None, subject: Subject | None, *, now: datetime) -> int:
    """The erasure's row, as it was approved then, with the keys of the person: whoever comes back by an import must be known from this
    moment on. Where they are not in this database (no `subject`) that is all, and the row names nobody."""
    async with transaction():
        if begun is not None:
            await execute("DELETE FROM erasure_mention WHERE erasure = $1", begun)
            await execute("DELETE FROM erasure WHERE id = $1", begun)
        new = await fetch_value(
            "INSERT INTO erasure (uid, persons, customers, needles, status, language, note, prepared_by, prepared_at, fingerprint, "
            "approved_by, approved_at, journaled_at, finished_at, is_replayed, files, found, certificate_hash, version) "
            "SELECT $1, $2, $3, '{}', $7, c.language, '', (SELECT id FROM staff WHERE id = $4), $6, '', "
            "(SELECT id FROM staff WHERE id = $5), $6, $6, $8, true, '{}', '{}', '', 1 FROM company c RETURNING id",
            noted.uid, list(subject.persons) if subject else [], list(subject.customers) if subject else [], noted.prepared_by,
            noted.approved_by, noted.begun_at, "approved" if subject else "done", None if subject else now,
        )  # fmt: skip
        await execute("UPDATE suppression_entry SET erasure = $2 WHERE erasure = $1", begun, new)
        await suppress([Key(KeyKind(kind), key) for kind, key in noted.keys], erasure=new, now=now)
        for table, column, row_id, decision in noted.mentions if subject else ():
            await execute(
                "INSERT INTO erasure_mention (erasure, table_name, column_name, row_id, digest, decision, reason, decided_at) "
                "VALUES ($1, $2, $3, $4, '', $5, '', $6)",
                new, table, column, row_id, decision, now,
            )  # fmt: skip
        if subject is None:
            await record("erasure.keys_entered", "erasure", new, by=None, now=now)
        return int(new)
