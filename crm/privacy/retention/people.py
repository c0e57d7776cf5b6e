"""Forgetting one person by a rule: an erasure like any other, without a request, a certificate or an entry that keeps them from coming
back; duties keep what they must, and the figures of the past stay as they are."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from crm.database import Arguments, Row, execute, fetch_one, fetch_value, transaction
from crm.privacy.erasure.executing import begin_erasure, carry_out
from crm.privacy.erasure.holds import holds_on
from crm.privacy.erasure.planning import planned_rows
from crm.privacy.retention.kinds import Kind
from crm.privacy.retention.selecting import Moment, candidates, limit_of
from crm.privacy.subject import subject_of
from crm.web.i18n import zone


async def forget_person(
    person_id: int, rule: Row, kind: Kind, at: Moment, begun: Callable[[], Awaitable[None]], *, now: datetime
) -> None:
    """Erase a person whom a rule names, unless something holds them by now; `begun` is called in the transaction that begins it. Whoever
    dies in the middle is followed by the sweep of erasures (erasure/executing.py)."""
    run = await _begin(person_id, rule, kind, at, begun, now)
    if run is not None:
        await carry_out(
            run, journal=Path(), now=now
        )  # its journal is the rule: after a restore the next night does it again


async def _begin(
    person_id: int, rule: Row, kind: Kind, at: Moment, begun: Callable[[], Awaitable[None]], now: datetime
) -> Row | None:
    async with transaction():
        subject = await subject_of(person_id, None)
        await execute("SELECT FROM customer WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(subject.customers))
        await execute("SELECT FROM person WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(subject.persons))
        if subject.is_restricted or subject.is_erased or await holds_on(subject, at.today):
            return None
        given = Arguments()
        due = candidates(kind, limit_of(rule, at.today), at, given)
        still = await fetch_one(f"SELECT 1 FROM ({due}) x WHERE x.id = {given(person_id)} AND x.held IS NULL", *given)
        if still is None:
            return None
        erasure_id = await fetch_value(
            "INSERT INTO erasure (uid, person, persons, customers, needles, status, language, note, by_rule, prepared_at, fingerprint, "
            "approved_by, approved_at, journaled_at, is_replayed, files, found, certificate_hash, version) "
            "SELECT $1, $2, '{}', '{}', '{}', 'approved', c.language, '', $3, $4, '', $5, $4, $4, false, '{}', '{}', '', 1 "
            "FROM company c RETURNING id",
            secrets.token_hex(16), person_id, rule.code, now, rule.approved_by,
        )  # fmt: skip
        rows = await planned_rows(subject, at.duties, at.today, zone.get().key)
        await begun()
        return await begin_erasure(int(erasure_id), subject, rows, now=now)
