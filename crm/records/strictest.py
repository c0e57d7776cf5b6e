"""When two persons become one, the strictest answer of both counts: what rested on the yes of one ends if the other has said no. When
they are parted again, each has what their own answer allows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crm.database import execute, fetch

_HOLDS = """
    CASE b.basis
        WHEN 'consent' THEN consent_that_holds(b.person, b.purpose, (SELECT channel FROM consent_event WHERE id = b.consent_event))
            IS NOT NULL
        WHEN 'legitimate_interest' THEN NOT has_said_no(b.person, b.purpose)
        ELSE true END
"""
_IS_CARRIED = """
    EXISTS (SELECT FROM attribute a JOIN attribute_basis b ON b.purpose = a.purpose AND b.basis = a.legal_basis
        WHERE a.id = v.attribute AND a.retired_at IS NULL AND b.person = v.person AND b.ended_at IS NULL
        AND (NOT a.is_special OR is_explicit_consent(b.consent_event)))
"""


async def end_what_the_other_refused(persons: Sequence[int], *, now: datetime) -> tuple[list[int], list[int]]:
    """For the persons who are left after a merge; answers the ids of the bases that were ended and of the values that were blocked."""
    ended = await fetch(
        "UPDATE attribute_basis b SET ended_at = greatest($2, b.valid_from) "
        f"WHERE b.person = ANY($1::bigint[]) AND b.ended_at IS NULL AND NOT ({_HOLDS}) RETURNING b.id",
        list(persons), now,
    )  # fmt: skip
    blocked = await fetch(
        "UPDATE attribute_value v SET blocked_at = $2 "
        f"WHERE v.person = ANY($1::bigint[]) AND v.blocked_at IS NULL AND NOT {_IS_CARRIED} RETURNING v.id",
        list(persons), now,
    )  # fmt: skip
    for table in ("customer_score", "score_change"):
        await execute(
            f"DELETE FROM {table} WHERE customer IN (SELECT customer FROM affiliation WHERE person = ANY($1::bigint[]) AND is_self "
            "AND NOT profiling_is_allowed(person))",
            list(persons),
        )
    return [row.id for row in ended], [row.id for row in blocked]


async def allow_again(ended: Sequence[int], blocked: Sequence[int]) -> None:
    """What was ended is never changed: the same is stated again, if the answer of its own person still carries it."""
    await execute(
        "INSERT INTO attribute_basis (person, purpose, basis, consent_event, reference, valid_from, stated_by) "
        "SELECT b.person, b.purpose, b.basis, b.consent_event, b.reference, b.valid_from, b.stated_by "
        f"FROM attribute_basis b WHERE b.id = ANY($1::bigint[]) AND {_HOLDS} ON CONFLICT DO NOTHING",
        list(ended),
    )
    await execute(
        f"UPDATE attribute_value v SET blocked_at = NULL WHERE v.id = ANY($1::bigint[]) AND {_IS_CARRIED}",
        list(blocked),
    )
