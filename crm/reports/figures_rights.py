"""Requests of data subjects in a month: how many came, were settled and were late.

SQL like that of figures.py, whose statement runs this part too; the parameters are the same. Requests of restricted persons count:
they are the proof of our own duty (GDPR Art. 5 (2), 12 (3)), and nobody is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests of one kind (a code): received in the month and the one before, settled in the month and of these
    in time, open at the end and of these overdue."""

    code: str
    received: int
    before: int
    settled: int
    in_time: int
    open: int
    overdue: int


PARTS = {
    "requests": """
        SELECT kind AS code, count(*) FILTER (WHERE received_at >= $1) AS received,
            count(*) FILTER (WHERE received_at >= $3 AND received_at < $1) AS before,
            count(*) FILTER (WHERE settled_at >= $1 AND settled_at < $7) AS settled,
            count(*) FILTER (WHERE settled_at >= $1 AND settled_at < $7
                AND (settled_at AT TIME ZONE $6)::date <= due_on) AS in_time,
            count(*) FILTER (WHERE coalesce(settled_at, 'infinity') >= $7) AS open,
            count(*) FILTER (WHERE coalesce(settled_at, 'infinity') >= $7
                AND due_on < (($7::timestamptz - interval '1 microsecond') AT TIME ZONE $6)::date) AS overdue
        FROM data_request
        WHERE received_at < $7 AND (received_at >= $3 OR coalesce(settled_at, 'infinity') >= $1)
        GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1
    """,
}


def requests_of(parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Requests]:
    """The requests of the month from the part above."""
    return [Requests(**row) for row in parts["requests"]]
