"""Praise and criticism, and what departments and products heard and how long customers waited there.

SQL like that of figures.py, whose statement runs these parts too; the parameters are the same. Waiting is real time as the
customer lives it, nights and weekends included: what was promised is measured in business time and stands with the promises.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.reports.score import Responses, Score

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Voice:
    """Praise and criticism about one touchpoint (code "": none is known), this month and the one before."""

    code: str
    name_de: str
    name_en: str
    praise: int
    criticism: int
    praise_before: int
    criticism_before: int


@dataclass(frozen=True, slots=True)
class Heading:
    """Praise and criticism under one heading: category and heading are codes of crm/improvement/words.py."""

    category: str
    heading: str
    praise: int
    criticism: int


@dataclass(frozen=True, slots=True)
class Place:
    """Enquiries about one department or one product. `topic` (names) and `cause` (code) are the most frequent ones of the month,
    with their numbers; the waits are medians in hours, with how many they rest on. Praise, criticism, satisfaction and responses are
    those of the department's touchpoints; for products they stay empty."""

    code: str
    name_de: str
    name_en: str
    opened: int
    before: int
    complaints: int
    topic_de: str
    topic_en: str
    topic_n: int
    cause: str
    cause_n: int
    first_hours: float | None
    first_n: int
    solution_hours: float | None
    solution_n: int
    contacts: int = 0
    praise: int = 0
    criticism: int = 0
    satisfaction: Score | None = None
    responses: Responses | None = None


@dataclass(frozen=True, slots=True)
class Voices:
    """What customers said beside their scores, and where. `expectations` were noted in the month."""

    touchpoints: Sequence[Voice]
    headings: Sequence[Heading]
    expectations: int
    departments: Sequence[Place]
    products: Sequence[Place]

    @property
    def praise(self) -> int:
        return sum(row.praise for row in self.touchpoints)

    @property
    def criticism(self) -> int:
        return sum(row.criticism for row in self.touchpoints)

    @property
    def praise_before(self) -> int:
        return sum(row.praise_before for row in self.touchpoints)

    @property
    def criticism_before(self) -> int:
        return sum(row.criticism_before for row in self.touchpoints)


SHARED = """
    said AS MATERIALIZED (
        SELECT f.id, f.kind, f.category, f.heading, f.touchpoint, f.at >= $1 AS is_this
        FROM feedback f LEFT JOIN interaction i ON i.id = f.interaction LEFT JOIN ticket k ON k.id = f.ticket
        WHERE f.at >= $3 AND f.at < $7 AND f.deleted_at IS NULL
            AND coalesce(i.customer, k.customer, 0) NOT IN (SELECT id FROM shut_customer)/* coalesce(i.customer, k.customer) */
            AND coalesce(i.person, k.person, 0) NOT IN (SELECT id FROM shut_person)
    ),
    asked AS MATERIALIZED (
        SELECT t.id, t.topic, t.kind, t.opened_at, t.answered_at, t.solved_at,
            (SELECT c.cause FROM closure c WHERE c.ticket = t.id AND c.at < $7 AND c.reopened_at IS NULL
             ORDER BY c.id DESC LIMIT 1) AS cause,
            (SELECT p.department FROM interaction i JOIN touchpoint p ON p.id = i.touchpoint
             WHERE i.ticket = t.id AND p.department <> '' ORDER BY i.at, i.id LIMIT 1) AS department
        FROM enquiry t WHERE t.opened_at >= $3 OR t.answered_at >= $1 OR t.solved_at >= $1
    ),
    about AS MATERIALIZED (
        SELECT DISTINCT p.ticket, p.product FROM ticket_product p JOIN asked a ON a.id = p.ticket
        WHERE p.refused_at IS NULL AND p.basis <> 'offered'
        UNION
        SELECT c.ticket, c.product FROM closure c JOIN asked a ON a.id = c.ticket
        WHERE c.product IS NOT NULL AND c.reopened_at IS NULL AND c.at < $7
    ),
    enquired AS MATERIALIZED (
        SELECT 'department' AS sort, coalesce(a.department, d.department) AS place, a.*
        FROM asked a LEFT JOIN (
            SELECT x.ticket, min(p.department) AS department FROM about x JOIN product p ON p.id = x.product
            WHERE p.department <> '' GROUP BY x.ticket) d ON d.ticket = a.id
        WHERE coalesce(a.department, d.department) IS NOT NULL
        UNION ALL
        SELECT 'product', x.product::text, a.* FROM asked a JOIN about x ON x.ticket = a.id
    ),
    topic_there AS (
        SELECT DISTINCT ON (sort, place) sort, place, topic, count(*) AS n FROM enquired
        WHERE opened_at >= $1 AND topic IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC, 3
    ),
    cause_there AS (
        SELECT DISTINCT ON (sort, place) sort, place, cause, count(*) AS n FROM enquired
        WHERE solved_at >= $1 AND solved_at < $7 AND cause <> '' GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC, 3
    )
"""

_COUNTED = """
    count(*) FILTER (WHERE d.opened_at >= $1) AS opened,
    count(*) FILTER (WHERE d.opened_at >= $3 AND d.opened_at < $1) AS before,
    count(*) FILTER (WHERE d.opened_at >= $1 AND d.kind = 'complaint') AS complaints,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.answered_at - d.opened_at) / 3600.0)
        FILTER (WHERE d.answered_at >= $1 AND d.answered_at < $7) AS first_hours,
    count(*) FILTER (WHERE d.answered_at >= $1 AND d.answered_at < $7) AS first_n,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.solved_at - d.opened_at) / 3600.0)
        FILTER (WHERE d.solved_at >= $1 AND d.solved_at < $7) AS solution_hours,
    count(*) FILTER (WHERE d.solved_at >= $1 AND d.solved_at < $7) AS solution_n
"""
_FREQUENT = """
    coalesce(p.name_de, '') AS topic_de, coalesce(p.name_en, '') AS topic_en, coalesce(t.n, 0) AS topic_n,
    coalesce(c.cause, '') AS cause, coalesce(c.n, 0) AS cause_n
"""
_JOINED = """
    LEFT JOIN topic_there t ON t.sort = d.sort AND t.place = d.place LEFT JOIN topic p ON p.id = t.topic
    LEFT JOIN cause_there c ON c.sort = d.sort AND c.place = d.place
"""

PARTS = {
    "voices": """
        SELECT coalesce(t.code, '') AS code, coalesce(t.name_de, '') AS name_de, coalesce(t.name_en, '') AS name_en,
            count(*) FILTER (WHERE s.kind = 'praise' AND is_this) AS praise,
            count(*) FILTER (WHERE s.kind = 'criticism' AND is_this) AS criticism,
            count(*) FILTER (WHERE s.kind = 'praise' AND NOT is_this) AS praise_before,
            count(*) FILTER (WHERE s.kind = 'criticism' AND NOT is_this) AS criticism_before
        FROM said s LEFT JOIN touchpoint t ON t.id = s.touchpoint WHERE s.kind <> 'expectation'
        GROUP BY t.id ORDER BY t.id NULLS LAST
    """,
    "headings": """
        SELECT category, heading, count(*) FILTER (WHERE kind = 'praise') AS praise,
            count(*) FILTER (WHERE kind = 'criticism') AS criticism
        FROM said WHERE is_this AND kind <> 'expectation' GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2
    """,
    "expectations": "SELECT count(*) AS n FROM said WHERE is_this AND kind = 'expectation'",
    "department_voices": """
        SELECT p.department, count(*) FILTER (WHERE s.kind = 'praise') AS praise,
            count(*) FILTER (WHERE s.kind = 'criticism') AS criticism
        FROM said s JOIN touchpoint p ON p.id = s.touchpoint
        WHERE s.is_this AND s.kind <> 'expectation' AND p.department <> '' GROUP BY 1
    """,
    "departments": f"""
        SELECT d.place AS code, d.place AS name_de, d.place AS name_en, {_FREQUENT}, {_COUNTED}
        FROM enquired d {_JOINED} WHERE d.sort = 'department' GROUP BY d.place, p.id, t.n, c.cause, c.n
        ORDER BY opened DESC, before DESC, 1
    """,
    "products": f"""
        SELECT x.code, x.name_de, x.name_en, {_FREQUENT}, {_COUNTED}
        FROM enquired d JOIN product x ON x.id = d.place::bigint {_JOINED}
        WHERE d.sort = 'product' GROUP BY x.id, p.id, t.n, c.cause, c.n ORDER BY opened DESC, before DESC, x.code
    """,
}


@dataclass(frozen=True, slots=True)
class AtTouchpoints:
    """What a department's touchpoints had in the month: contacts, what customers answered about them, and how many of those asked."""

    contacts: int
    satisfaction: Score | None
    responses: Responses


def voices_of(parts: Mapping[str, Rows], touchpoints: Mapping[str, AtTouchpoints]) -> Voices:
    """The voices of the month from the parts named above; `touchpoints` by department. A department with contacts and
    without enquiries has its line too."""
    heard: defaultdict[str, Mapping[str, Any]] = defaultdict(lambda: {"praise": 0, "criticism": 0})
    for row in parts["department_voices"]:
        heard[row["department"]] = row
    rows = {row["code"]: row for row in parts["departments"]}
    names = [*rows, *sorted(name for name in {*touchpoints, *heard} if name not in rows)]
    departments = [_department(name, rows.get(name), touchpoints.get(name), heard[name]) for name in names]
    return Voices(
        touchpoints=[Voice(**row) for row in parts["voices"]],
        headings=[Heading(**row) for row in parts["headings"]],
        expectations=parts["expectations"][0]["n"],
        departments=[
            one for one in departments if one.contacts or one.opened or one.before or one.praise or one.criticism
        ],
        products=[Place(**row) for row in parts["products"]],
    )


def _department(name: str, row: Mapping[str, Any] | None, at: AtTouchpoints | None, heard: Mapping[str, Any]) -> Place:
    more = {
        "contacts": at.contacts if at else 0, "satisfaction": at.satisfaction if at else None,
        "responses": at.responses if at else Responses(0, 0),
        "praise": heard["praise"], "criticism": heard["criticism"],
    }  # fmt: skip
    if row is None:
        return Place(name, name, name, 0, 0, 0, "", "", 0, "", 0, None, 0, None, 0, **more)
    return Place(**row, **more)
