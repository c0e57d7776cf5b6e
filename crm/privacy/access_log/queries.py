"""Reading the log of access: what was opened and searched for, with what the audit trail and the exports tell, as one list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from crm.customers.data import full_name_sql
from crm.database import Arguments, Row, fetch
from crm.privacy.access_log.whose import OWNED, of_customer, of_person, owners
from crm.web.i18n import zone
from crm.web.paging import cursor_of, keys_of

PAGE = 50

ABOUT_PEOPLE = (
    "customer", "person", "consent", "consent_event", *OWNED,
)  # fmt: skip
"""Kinds of record of the audit trail whose changes are changes of somebody's data."""


class Deed(StrEnum):
    """What was done. READ: a special category of GDPR Art. 9 was shown, which the audit trail keeps."""

    OPENED = "opened"
    SEARCHED = "searched"
    CHANGED = "changed"
    EXPORTED = "exported"
    READ = "read"


@dataclass(frozen=True, slots=True)
class About:
    """Whose data: a customer, or a person with the customers that they belong to. Those merged into them are meant as well."""

    customer_id: int | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: by whom, of which kind, from and to which day (both included); None and empty for all."""

    user_id: int | None = None
    deed: Deed | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    lines: list[Row]
    next: str | None


_NOBODY = About()

_WITH = """
    WITH RECURSIVE people(id) AS (
        SELECT $1::bigint WHERE $1::bigint IS NOT NULL UNION SELECT p.id FROM person p JOIN people x ON p.merged_into = x.id
    ), homes(id) AS (
        SELECT id FROM (SELECT $2::bigint AS id UNION SELECT a.customer FROM affiliation a WHERE a.person IN (SELECT id FROM people)) x
            WHERE id IS NOT NULL
        UNION SELECT c.id FROM customer c JOIN homes x ON c.merged_into = x.id
    )
"""

_OPENED = """
    SELECT e.at, 'a' AS source, e.id, e.kind AS deed, e.user_id, e.role, e.permission, e.relation, e.subject_kind, e.subject_id,
        e.customer_id, e.person_id, e.via, e.last_at, greatest(e.times, 1) AS times, e.words, e.hits, '' AS action
    FROM access_entry e WHERE {where} ORDER BY e.at DESC, e.id DESC LIMIT {limit}
"""
_CHANGED = """
    SELECT e.at, 'c' AS source, e.id, CASE e.action WHEN 'attribute.read' THEN 'read' ELSE 'changed' END AS deed, e.actor_id AS user_id,
        '' AS role, '' AS permission, '' AS relation, e.subject_kind, e.subject_id, whom.customer AS customer_id,
        whom.person AS person_id, 'page' AS via, e.at AS last_at, 1 AS times, '' AS words, NULL::int AS hits, e.action
    FROM (SELECT e.* FROM audit_entry e WHERE {where} ORDER BY e.at DESC, e.id DESC LIMIT {limit}) e
    LEFT JOIN LATERAL ({owners}) AS whom(customer, person) ON true
"""
_OWNERS = owners("e.subject_kind", "e.subject_id")
_AT_HOME = (
    "EXISTS (SELECT FROM affiliation a JOIN customer h ON h.id = a.customer "
    "WHERE a.person = p.id AND a.is_self AND h.{state} IS NOT NULL)"
)
"""A private person is as hidden as the customer that they are."""

_EXPORTED = """
    SELECT e.requested_at AS at, 'e' AS source, e.id, 'exported' AS deed, e.requested_by AS user_id, '' AS role,
        'data.export' AS permission, '' AS relation, 'export' AS subject_kind, e.id AS subject_id,
        NULL::bigint AS customer_id, NULL::bigint AS person_id, 'page' AS via,
        e.requested_at AS last_at, 1 AS times, '' AS words, e.customers + e.persons AS hits, '' AS action
    FROM export_run e WHERE {where} ORDER BY e.requested_at DESC, e.id DESC LIMIT {limit}
"""


async def access_log(
    asked: Asked, about: About = _NOBODY, *, restricted: bool, cursor: str | None = None, limit: int = PAGE
) -> LogPage:
    """The newest entries before the cursor, one statement. Names of restricted people and of deleted
    customers are told only if `restricted`."""
    key = keys_of(cursor, datetime, str, int)
    arguments = Arguments([about.person_id, about.customer_id])
    most = arguments(limit + 1)
    parts = []
    for source, statement, at in (("a", _OPENED, "e.at"), ("c", _CHANGED, "e.at"), ("e", _EXPORTED, "e.requested_at")):
        if not _has(source, asked.deed):
            continue
        where = [*_of_source(source, asked, arguments), *_narrowed(source, at, asked, about, arguments)]
        if key:
            moment, name, number = arguments(key[0]), arguments(key[1]), arguments(key[2])
            where += [
                f"{at} <= {moment}",
                f"({at}, '{source}'::text, e.id) < ({moment}, {name}::text, {number}::bigint)",
            ]
        parts.append(f"({statement.format(where=' AND '.join(where), limit=most, owners=_OWNERS)})")
    shows = arguments(restricted)
    rows = await fetch(
        f"{_WITH} SELECT l.*, u.name AS who, u.role AS role_now, c.name AS customer, {full_name_sql('p')} AS person, "
        f"(c.restricted_at IS NOT NULL OR p.restricted_at IS NOT NULL OR {_AT_HOME.format(state='restricted_at')}) "
        f"AND NOT {shows} AS is_hidden, "
        f"(c.deleted_at IS NOT NULL AND c.merged_into IS NULL OR {_AT_HOME.format(state='deleted_at')}) AND NOT {shows} AS is_deleted, "
        "c.deleted_at IS NOT NULL AS is_gone "
        f"FROM ({' UNION ALL '.join(parts)}) l LEFT JOIN staff u ON u.id = l.user_id "
        "LEFT JOIN customer c ON c.id = l.customer_id LEFT JOIN person p ON p.id = l.person_id "
        f"ORDER BY l.at DESC, l.source DESC, l.id DESC LIMIT {most}",
        *arguments,
    )  # fmt: skip
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return LogPage(shown, cursor_of(last.at, last.source, last.id) if last else None)


def _has(source: str, deed: Deed | None) -> bool:
    kinds = {"a": (Deed.OPENED, Deed.SEARCHED), "c": (Deed.CHANGED, Deed.READ), "e": (Deed.EXPORTED,)}
    return deed is None or deed in kinds[source]


def _of_source(source: str, asked: Asked, arguments: Arguments) -> list[str]:
    if source == "a":
        return [f"e.kind = {arguments(asked.deed.value)}"] if asked.deed else ["true"]
    if source == "c":
        kinds = arguments(list(ABOUT_PEOPLE))
        reads = {Deed.READ: " AND e.action = 'attribute.read'", Deed.CHANGED: " AND e.action <> 'attribute.read'"}
        also = reads.get(asked.deed, "") if asked.deed else ""
        return [f"e.actor_id IS NOT NULL AND e.subject_kind = ANY({kinds}){also}"]
    return ["true"]


def _narrowed(source: str, at: str, asked: Asked, about: About, arguments: Arguments) -> list[str]:
    where = []
    if asked.user_id is not None:
        column = {"a": "e.user_id", "c": "e.actor_id", "e": "e.requested_by"}[source]
        where.append(f"{column} = {arguments(asked.user_id)}")
    if asked.first is not None:
        where.append(f"{at} >= {arguments(_midnight(asked.first))}")
    if asked.last is not None and asked.last < date.max:
        where.append(f"{at} < {arguments(_midnight(asked.last + timedelta(days=1)))}")
    if about.person_id is not None:
        where.append(_OF_PERSON[source])
    elif about.customer_id is not None:
        where.append(_OF_CUSTOMER[source])
    return where


_OF_PERSON = {
    "a": "(e.person_id IN (SELECT id FROM people) OR e.person_id IS NULL AND e.customer_id IN (SELECT id FROM homes))",
    "c": of_person("e.subject_kind", "e.subject_id"),
    "e": "EXISTS (SELECT FROM export_subjects s WHERE s.export = e.id AND s.persons && ARRAY(SELECT id FROM people))",
}
"""A customer's page shows its persons: whoever opened it has seen them too."""

_OF_CUSTOMER = {
    "a": "e.customer_id IN (SELECT id FROM homes)",
    "c": of_customer("e.subject_kind", "e.subject_id"),
    "e": "EXISTS (SELECT FROM export_subjects s WHERE s.export = e.id AND s.customers && ARRAY(SELECT id FROM homes))",
}


def _midnight(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=zone.get())
