"""Other people's texts that mention the person: found by a search over every text in the register. Reads only."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from crm.database import Row, fetch
from crm.personal import NOTE, VALUE, quoted, register
from crm.privacy.erasure.mentions import Mention, family_names, hint, mentions, pattern, whole_names
from crm.privacy.erasure.planning import OWN, Planned
from crm.privacy.subject import Needles

MOST = 300
"""So many texts are shown; with a name that half the town has there are more, and the officer is told so. What is
decided makes room for the next ones."""
NAMES = frozenset({
    "affiliation", "customer", "email_address", "person", "phone_number", "postal_address", "web_address",
})  # fmt: skip
"""What people and companies are called and where they are reached: a namesake is no mention. Their notes are searched."""
ADDRESSED = frozenset({
    "call_back.name", "call_back.number", "consent_confirmation.address", "data_request.requester_address",
    "data_request.requester_name", "incoming_mail.phone", "incoming_mail.sender", "incoming_mail.sender_name",
    "information_notice.address", "logged_mail.counterpart", "logged_mail.sender", "mailing_recipient.address",
    "mailing_recipient.name", "message_recipient.address", "message_recipient.name", "outbox_copy.address", "outbox_copy.name",
    "outbox_message.to_address", "outbox_message.to_name", "preference_link.address", "preference_link.subject",
    "status_page.address", "ticket_message.sender",
})  # fmt: skip
"""From whom something came and to whom it went: the same. With the person's own address these rows are theirs anyway."""
SEALED = frozenset({"consent_payload", "submission"})
"""The ledger vouches for its payloads as they were written: a changed one would be taken for a forged one. Submissions go as a whole
(finishing.py)."""

_NAMESAKES = """
    WITH named AS MATERIALIZED (
        SELECT p.id AS person, a.customer, lower(p.given_name || ' ' || p.family_name) = ANY($7) AS is_twin
        FROM person p LEFT JOIN affiliation a ON a.person = p.id AND a.is_self WHERE lower(p.family_name) = ANY($6) AND p.id <> ALL($8)
    ), namesakes AS MATERIALIZED (
        SELECT array_agg(person) AS persons, array_agg(customer) AS customers, array_agg(person) FILTER (WHERE is_twin) AS twins,
            array_agg(customer) FILTER (WHERE is_twin) AS twin_customers FROM named
    )
"""
_OWNERS = {
    "person": ("persons", "twins"), "person_id": ("persons", "twins"), "customer": ("customers", "twin_customers"),
    "customer_id": ("customers", "twin_customers"),
}  # fmt: skip
"""Columns that say whom a row is about; the ids that stand there in rows about namesakes, and about those of the very same name."""
NEVER = "$."
"""An expression that no text fulfils."""


@dataclass(frozen=True, slots=True)
class FoundText:
    """A text with its mentions, and what was decided about it (nothing, if it has changed since)."""

    table: str
    column: str
    row_id: int
    digest: str
    places: list[Mention]
    decision: str
    reason: str

    @property
    def key(self) -> str:
        return f"{self.table}.{self.column}.{self.row_id}"


@dataclass(frozen=True, slots=True)
class Searched:
    """A column that is searched. `owners` are those of its table that say whom a row is about."""

    table: str
    column: str
    is_json: bool
    owners: tuple[str, ...] = ()

    @property
    def stored(self) -> str:
        return f"t.{quoted(self.column)}::text"

    @property
    def text(self) -> str:
        """SQL of its text, over `t`. In JSON a new line is a backslash and a letter, which would hide the word behind it."""
        text = self.stored
        if self.is_json:
            for sign in "nrt":
                text = f"replace({text}, '\\{sign}', ' ')"
        return text

    def is_about(self, which: int) -> str:
        """SQL, over `t`: whether the row is about a namesake (0), or one of the very same name (1)."""
        tests = [
            f"t.{quoted(name)} = ANY((SELECT {_OWNERS[name][which]} FROM namesakes)::bigint[])" for name in self.owners
        ]
        return f"coalesce({' OR '.join(tests)}, false)" if tests else "false"


_searched: tuple[Searched, ...] = ()


async def searched_columns() -> tuple[Searched, ...]:
    """Every column with free text, and those with values about people that repeat it: earlier versions, the audit trail, rows of
    imports. One statement, once in a process: the database says which of them are text, and migrations run before anything else."""
    global _searched
    if not _searched:
        _searched = tuple(await _text_columns())
    return _searched


async def _text_columns() -> list[Searched]:
    rows = await fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' "
        "AND (data_type IN ('character varying', 'text', 'jsonb') OR data_type IN ('integer', 'bigint') AND column_name = ANY($1))",
        list(_OWNERS),
    )
    kinds = {
        (row.table_name, row.column_name): row.data_type for row in rows if row.data_type not in ("integer", "bigint")
    }
    owners: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if row.column_name in _OWNERS and (row.table_name, row.column_name) not in kinds:
            owners[row.table_name] = (*owners.get(row.table_name, ()), row.column_name)
    wanted = [(one.table, name) for one in register() if one.table not in OWN for name in one.columns_of(NOTE)]
    wanted += [
        (one.table, name)
        for one in register()
        if one.table not in OWN | NAMES | SEALED
        for name in one.columns_of(VALUE)
        if f"{one.table}.{name}" not in ADDRESSED
    ]
    return [Searched(*place, kinds[place] == "jsonb", owners.get(place[0], ())) for place in wanted if place in kinds]


def _statement(columns: Iterable[Searched]) -> str:
    """$1 the expression, $2 the rows that the erasure is about anyway, as "table id", $3 the erasure, $4 the hint, which sorts out most
    texts cheaply, $5 the expression of whole names and addresses, $9 that of addresses alone, $6 family names, $7 whole names, $8 the
    person's ids. In what is about a namesake a family name by itself is theirs, and the whole one is if they have the same. What is not
    decided, or has changed since, comes first."""
    parts = [
        f"SELECT '{one.table}' AS table_name, '{one.column}' AS column_name, t.id AS row_id, {one.text} AS text, {one.is_json} AS is_json "
        f"FROM {quoted(one.table)} t WHERE {one.stored} ~* $4 AND {one.text} ~* $1 AND '{one.table} ' || t.id <> ALL($2::text[]) "
        f"AND CASE WHEN {one.is_about(1)} THEN {one.text} ~* $9 WHEN {one.is_about(0)} THEN {one.text} ~* $5 ELSE true END"
        for one in columns
    ]
    return (
        f"{_NAMESAKES} SELECT f.*, coalesce(m.decision, '') AS decision, coalesce(m.reason, '') AS reason "
        f"FROM ({' UNION ALL '.join(parts)}) f LEFT JOIN erasure_mention m ON m.erasure = $3 AND m.table_name = f.table_name "
        "AND m.column_name = f.column_name AND m.row_id = f.row_id "
        "AND m.digest = encode(sha256(convert_to(f.text, 'UTF8')), 'hex') "
        f"ORDER BY coalesce(m.decision, '') <> '', 1, 2, 3 LIMIT {MOST + 1}"
    )


async def texts_mentioning(erasure_id: int, needles: Needles, planned: Collection[Planned]) -> list[FoundText]:
    """The texts elsewhere, those that are not decided first. One statement; one more than MOST means that there are more."""
    expression = pattern(needles)
    if not expression:
        return []
    covered = [f"{row.table} {row.row_id}" for row in planned]
    persons = [row.row_id for row in planned if row.table == "person"]
    rows = await fetch(
        _statement(await searched_columns()), expression, covered, erasure_id, hint(needles), pattern(needles, whole_names=True),
        family_names(needles), whole_names(needles), persons, pattern(replace(needles, names=())) or NEVER,
    )  # fmt: skip
    return [found for row in rows if (found := _found(row, expression)).places]


def _found(row: Row, expression: str) -> FoundText:
    places = mentions(row.text, expression, is_json=row.is_json)
    return FoundText(row.table_name, row.column_name, row.row_id, digest_of(row.text), places, row.decision, row.reason)


def digest_of(text: str) -> str:
    """What tells a text from the same one after somebody changed it."""
    return hashlib.sha256(text.encode()).hexdigest()
