"""Writing the log of access, and forgetting what has become old."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from crm.database import execute, fetch_value
from crm.privacy.access_log.noting import Opened, Searched
from crm.privacy.access_log.whose import owners

_OPENED = f"""
    INSERT INTO access_entry (kind, user_id, role, permission, relation, subject_kind, subject_id, customer_id, person_id, via, hour, at,
        last_at, times, words, salt, words_hash)
    SELECT 'opened', s.user_id, s.role, s.permission,
        CASE WHEN k.assignee = s.user_id THEN 'assignee' WHEN c.owner = s.user_id THEN 'owner'
            WHEN c.deputy = s.user_id THEN 'deputy' ELSE '' END,
        s.kind, s.id, whom.customer, whom.person, s.via, date_trunc('hour', s.at, 'UTC'), s.at, s.at, s.times, '', '', ''
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[], $8::int[])
        AS s(user_id, role, permission, kind, id, via, at, times)
    LEFT JOIN ticket k ON s.kind = 'ticket' AND k.id = s.id
    LEFT JOIN LATERAL ({owners("s.kind", "s.id")}) AS whom(customer, person) ON true
    LEFT JOIN customer c ON c.id = whom.customer
    ON CONFLICT (user_id, hour, subject_kind, subject_id, via, role) WHERE kind = 'opened'
    DO UPDATE SET times = access_entry.times + excluded.times, last_at = greatest(access_entry.last_at, excluded.last_at),
        relation = coalesce(nullif(access_entry.relation, ''), excluded.relation)
"""

_SEARCHED = """
    INSERT INTO access_entry (kind, user_id, role, permission, relation, subject_kind, via, hour, at, last_at, times, words, salt,
        words_hash, hits)
    SELECT 'searched', s.user_id, s.role, s.permission, '', s.place, s.via, date_trunc('hour', s.at, 'UTC'), s.at, s.at, 1, s.words,
        s.salt, s.hash, s.hits
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::bytea[], $9::bytea[],
        $10::int[]) AS s(user_id, role, permission, place, via, at, words, salt, hash, hits)
"""

BATCH = 10_000


async def write_opened(entries: Sequence[tuple[Opened, int]]) -> None:
    """Records that were looked at, with how often; an hour of the same user and record is one row. In the order of the index, so that
    two processes that write the same rows don't wait for each other crosswise."""
    if not entries:
        return
    ordered = sorted(
        entries, key=lambda one: (one[0].looker.user_id, one[0].subject_kind, one[0].subject_id, one[0].via)
    )
    seen = [one for one, _times in ordered]
    await execute(
        _OPENED, [one.looker.user_id for one in seen], [one.looker.role for one in seen], [one.looker.permission for one in seen],
        [one.subject_kind for one in seen], [one.subject_id for one in seen], [one.via for one in seen], [one.at for one in seen],
        [times for _one, times in ordered],
    )  # fmt: skip


async def write_searched(searches: Sequence[Searched]) -> None:
    """Searches, each a row of its own; the words with a salt, so that they can be erased and what stays gives nothing away."""
    if not searches:
        return
    salts = [secrets.token_bytes(16) for _one in searches]
    hashes = [hashlib.sha256(salt + one.words.encode()).digest() for salt, one in zip(salts, searches, strict=True)]
    await execute(
        _SEARCHED, [one.looker.user_id for one in searches], [one.looker.role for one in searches],
        [one.looker.permission for one in searches], [one.place for one in searches], [one.via for one in searches],
        [one.at for one in searches], [one.words for one in searches], salts, hashes, [one.hits for one in searches],
    )  # fmt: skip


async def forget_access(*, now: datetime) -> int:
    """Delete what is older than the officer has set (12 months without a change); how many rows. Safe to run twice."""
    gone = 0
    while True:
        deleted = await fetch_value(
            "WITH old AS (SELECT e.id FROM access_entry e, privacy_particulars p "
            "WHERE e.at < $1::timestamptz - make_interval(months => p.log_months) ORDER BY e.at, e.id LIMIT $2), "
            "gone AS (DELETE FROM access_entry e USING old WHERE e.id = old.id RETURNING 1) SELECT count(*) FROM gone",
            now, BATCH,
        )  # fmt: skip
        gone += int(deleted)
        if deleted < BATCH:
            return gone
