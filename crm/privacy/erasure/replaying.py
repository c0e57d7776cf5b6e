"""After a restore: whoever was erased after the backup was made is erased again, by the journal that lies beside the backups."""

from __future__ import annotations

from collections.abc import Sequence
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
from crm.privacy.erasure.journal import Noted, house_mark, name_marks, read_journal
from crm.privacy.erasure.planning import planned_rows
from crm.privacy.erasure.subject import Subject, keys_for, subject_of
from crm.web.i18n import zone


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many erasures were done again, and how many could not be: their ids mean somebody else in this database."""

    done: int
    foreign: int


async def replay_erasures(
    folders: Sequence[Path], *, journal: Path, now: datetime, is_restored: bool = False
) -> Replayed:
    """Do again what the journal in these folders says and this database does not know. Erasures of other houses are passed over. Safe to
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
    for noted in read_journal(folders):
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
        await execute("UPDATE erasure SET claimed_at = $2 WHERE id = $1", begun.id, now - STALE - timedelta(seconds=1))
        return await erase_person(begun.id, journal=journal, now=now)
    subject = await subject_of(next(iter(noted.persons), None), next(iter(noted.customers), None))
    if not await _is_same(subject, noted):
        return False
    erasure_id = await _write_run(noted, begun.id if begun else None, now)
    rows = await planned_rows(subject, await duties_in_force(), now.astimezone(zone.get()).date(), zone.get().key)
    run = await begin_erasure(erasure_id, subject, rows, now=now)
    if run is None:
        return False
    await carry_out(run, journal=journal, now=now)
    keys = [Key(KeyKind(kind), key) for kind, key in noted.keys]
    await suppress(keys, erasure=erasure_id, now=now)
    await record("erasure.replayed", "erasure", erasure_id, by=None, now=now)
    return True


async def _is_same(subject: Subject, noted: Noted) -> bool:
    """Whether these ids are still the person who was erased: after a restore the next person gets the same number again. An address, a
    number or the name tells; with none of them known nobody is erased."""
    keys = {key.key for key in await keys_for(subject.needles)} & {key for _kind, key in noted.keys}
    return bool(keys or set(await name_marks(subject.needles.names)) & set(noted.names))


async def _write_run(noted: Noted, begun: int | None, now: datetime) -> int:
    """The erasure's row, as it was approved then."""
    async with transaction():
        if begun is not None:
            await execute("DELETE FROM erasure_mention WHERE erasure = $1", begun)
            await execute("DELETE FROM erasure WHERE id = $1", begun)
        new = await fetch_value(
            "INSERT INTO erasure (uid, persons, customers, needles, status, language, note, prepared_by, prepared_at, fingerprint, "
            "approved_by, approved_at, journaled_at, is_replayed, files, found, certificate_hash, version) "
            "SELECT $1, $2, $3, '{}', 'approved', c.language, '', (SELECT id FROM staff WHERE id = $4), $6, '', "
            "(SELECT id FROM staff WHERE id = $5), $6, $6, true, '{}', '{}', '', 1 FROM company c RETURNING id",
            noted.uid, noted.persons, noted.customers, noted.prepared_by, noted.approved_by, noted.begun_at,
        )  # fmt: skip
        for table, column, row_id, decision in noted.mentions:
            await execute(
                "INSERT INTO erasure_mention (erasure, table_name, column_name, row_id, digest, decision, reason, decided_at) "
                "VALUES ($1, $2, $3, $4, '', $5, '', $6)",
                new, table, column, row_id, decision, now,
            )  # fmt: skip
        return int(new)
