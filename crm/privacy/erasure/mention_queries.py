"""Other people's texts that mention the person: found by a search over every text in the register. Reads only."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from crm.database import Row, fetch
from crm.personal import NOTE, VALUE, quoted, register
from crm.privacy.erasure.mentions import Mention, mentions
from crm.privacy.erasure.planning import OWN, Planned

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
    """A column that is searched."""

    table: str
    column: str
    is_json: bool

    @property
    def text(self) -> str:
        """SQL of its text, over `t`. In JSON a new line is a backslash and a letter, which would hide the word behind it."""
        text = f"t.{quoted(self.column)}::text"
        if self.is_json:
            for sign in "nrt":
                text = f"replace({text}, '\\{sign}', ' ')"
        return text


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
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type IN ('character varying', 'text', 'jsonb')"
    )
    kinds = {(row.table_name, row.column_name): row.data_type for row in rows}
    wanted = [(one.table, name) for one in register() if one.table not in OWN for name in one.columns_of(NOTE)]
    wanted += [
        (one.table, name)
        for one in register()
        if one.table not in OWN | NAMES | SEALED
        for name in one.columns_of(VALUE)
        if f"{one.table}.{name}" not in ADDRESSED
    ]
    return [Searched(*place, kinds[place] == "jsonb") for place in wanted if place in kinds]


def _statement(columns: Iterable[Searched]) -> str:
    """$1 the expression, $2 the rows that the erasure is about anyway, as "table id", $3 the erasure. What is not decided, or has
    changed since, comes first."""
    parts = [
        f"SELECT '{one.table}' AS table_name, '{one.column}' AS column_name, t.id AS row_id, {one.text} AS text "
        f"FROM {quoted(one.table)} t WHERE {one.text} ~* $1 AND '{one.table} ' || t.id <> ALL($2::text[])"
        for one in columns
    ]
    return (
        "SELECT f.*, coalesce(m.decision, '') AS decision, coalesce(m.reason, '') AS reason "
        f"FROM ({' UNION ALL '.join(parts)}) f LEFT JOIN erasure_mention m ON m.erasure = $3 AND m.table_name = f.table_name "
        "AND m.column_name = f.column_name AND m.row_id = f.row_id "
        "AND m.digest = encode(sha256(convert_to(f.text, 'UTF8')), 'hex') "
        f"ORDER BY coalesce(m.decision, '') <> '', 1, 2, 3 LIMIT {MOST + 1}"
    )


async def texts_mentioning(erasure_id: int, expression: str, planned: Collection[Planned]) -> list[FoundText]:
    """The texts elsewhere, those that are not decided first. One statement; one more than MOST means that there are more."""
    if not expression:
        return []
    covered = [f"{row.table} {row.row_id}" for row in planned]
    rows = await fetch(_statement(await searched_columns()), expression, covered, erasure_id)
    return [found for row in rows if (found := _found(row, expression)).places]


def _found(row: Row, expression: str) -> FoundText:
    places = mentions(row.text, expression)
    return FoundText(row.table_name, row.column_name, row.row_id, digest_of(row.text), places, row.decision, row.reason)


def digest_of(text: str) -> str:
    """What tells a text from the same one after somebody changed it."""
    return hashlib.sha256(text.encode()).hexdigest()
