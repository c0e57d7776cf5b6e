"""Looks the keys of many rows up at once: a handful of statements for a thousand rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crm.customers.merged import survivor_sql
from crm.database import Row, fetch
from crm.records.same import Found, Keys, Known, person_key

_STATE = (
    "CASE WHEN c.deleted_at IS NOT NULL THEN 'deleted' "
    "WHEN c.restricted_at IS NOT NULL OR p.restricted_at IS NOT NULL THEN 'restricted' ELSE '' END AS state"
)
_SELF = "LEFT JOIN affiliation f ON f.customer = c.id AND f.is_self LEFT JOIN person p ON p.id = f.person"

_ASKED = "FROM unnest($1::text[]) AS k(key)"
"""Joined, not `= ANY`: so the indexes are used whatever the planner believes about tables that are just being filled."""

_EXTERNAL = f"""
    SELECT k.key, c.id, c.kind, c.name, p.id AS person_id, {_STATE}
    {_ASKED} JOIN customer o ON o.external_id = k.key JOIN customer c ON c.id = {survivor_sql("customer", "o")} {_SELF}
"""
"""Whoever was merged into another is that one."""
_PERSON_EXTERNAL = f"""
    SELECT k.key, c.id, c.kind, c.name, p.id AS person_id, {_STATE}
    {_ASKED} JOIN person o ON o.external_id = k.key JOIN person p ON p.id = {survivor_sql("person", "o")}
    JOIN affiliation a ON a.person = p.id JOIN customer c ON c.id = a.customer
    ORDER BY c.deleted_at IS NOT NULL, a.is_self DESC, a.id
"""


def _reached(table: str, column: str) -> str:
    return f"""
        SELECT k.key, c.id, c.kind, c.name, p.id AS person_id, {_STATE},
            CASE WHEN e.person IS NULL THEN c.name ELSE concat_ws(' ', p.given_name, p.family_name) END AS theirs
        {_ASKED} JOIN {table} e ON {column} = k.key
        LEFT JOIN affiliation a ON a.person = e.person
        JOIN customer c ON c.id = coalesce(e.customer, a.customer)
        LEFT JOIN person p ON p.id = e.person
        WHERE c.deleted_at IS NULL ORDER BY e.position, e.id
    """


_EMAILS = _reached("email_address", "lower(e.address)")
_PHONES = _reached("phone_number", "e.number")
_NAMES = f"""
    SELECT k.key, c.id, c.kind, c.name, p.id AS person_id, {_STATE},
        ARRAY(SELECT d.postcode FROM postal_address d WHERE d.customer = c.id AND d.postcode <> '') AS postcodes
    {_ASKED} JOIN customer c ON c.sort_key COLLATE "C" = k.key COLLATE "C" {_SELF} WHERE c.deleted_at IS NULL ORDER BY c.id
"""
_PERSONS = """
    SELECT a.customer, p.id, p.given_name, p.family_name, p.restricted_at IS NOT NULL AS is_restricted
    FROM affiliation a JOIN person p ON p.id = a.person
    WHERE a.customer = ANY($1) ORDER BY a.position, a.id
"""
_FINGERPRINTS = f"""
    SELECT r.fingerprint AS key, c.id, c.kind, c.name, p.id AS person_id, {_STATE}
    FROM unnest($1::bigint[]) AS k(key) JOIN import_row r ON r.fingerprint = k.key JOIN import_run n ON n.id = r.run
    JOIN customer o ON o.id = r.customer JOIN customer c ON c.id = {survivor_sql("customer", "o")}
    LEFT JOIN person h ON h.id = r.person LEFT JOIN person p ON p.id = {survivor_sql("person", "h")}
    WHERE NOT r.is_trial AND r.outcome IN ('created', 'joined') AND r.run <> $2
        AND ($3 = '' OR n.file_sha256 = $3) AND c.deleted_at IS NULL
"""


async def look_up(rows: Sequence[Keys], *, run_id: int = 0, same_file: str = "") -> Known:
    """What is known of these keys. A row that an earlier import has brought in, word for word, is known by its fingerprint;
    with `same_file` (a SHA-256) only if it was that very file."""
    known = Known()
    prints = list({row.fingerprint for row in rows if row.fingerprint})
    if prints:
        known.fingerprints = {r.key: _found(r) for r in await fetch(_FINGERPRINTS, prints, run_id, same_file)}
    for r in await _asked(_EXTERNAL, (row.external_id for row in rows)):
        known.external_ids[r.key] = _found(r)
    for r in await _asked(_PERSON_EXTERNAL, (row.person_external_id for row in rows)):
        known.person_external_ids.setdefault(r.key, _found(r))
    for r in await _asked(_EMAILS, (address for row in rows for address in (*row.emails, *row.person_emails))):
        known.emails.setdefault(r.key, []).append(_found(r))
    for r in await _asked(_PHONES, (number for row in rows for number in (*row.phones, *row.person_phones))):
        known.phones.setdefault(r.key, []).append((_found(r), r.theirs))
    for r in await _asked(_NAMES, (row.name_key for row in rows)):
        known.names.setdefault(r.key, []).append((_found(r), frozenset(r.postcodes)))
    await _add_persons(rows, known)
    return known


async def _add_persons(rows: Sequence[Keys], known: Known) -> None:
    """The persons of the organisations that contacts among the rows may be at."""
    if not any(row.is_organisation and row.has_person for row in rows):
        return
    homes = {found.customer_id for found in known.external_ids.values() if found.is_organisation}
    homes |= {found.customer_id for each in known.names.values() for found, _codes in each if found.is_organisation}
    homes |= {found.customer_id for each in known.emails.values() for found in each if found.is_organisation}
    homes |= {found.customer_id for each in known.phones.values() for found, _name in each if found.is_organisation}
    if homes:
        for r in await fetch(_PERSONS, list(homes)):
            known.persons.setdefault(r.customer, {}).setdefault(person_key(r.given_name, r.family_name), r.id)
            if r.is_restricted:
                known.restricted_persons.add(r.id)


def _found(row: Row) -> Found:
    return Found(row.id, row.kind == "organisation", row.name, row.person_id, row.state)


async def _asked(sql: str, keys: Iterable[str]) -> list[Row]:
    """The answer about these keys, each asked once; no statement if there are none."""
    wanted = [key for key in dict.fromkeys(keys) if key]
    return await fetch(sql, wanted) if wanted else []
