"""The reads of access and portability: the copies of a request, their files, and the texts that an officer looks through before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.accounts.company import signing_secret
from crm.customers.data import full_name_sql
from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.personal import COPIED, NOTE, SUBJECT, Declared, declared, quoted, register
from crm.privacy.access.gathering import REPEATED
from crm.privacy.access.links import read_token
from crm.privacy.access.words import NOTES
from crm.privacy.subject import Subject, subject_named

TEXTS_AT_ONCE = 40
EXCERPT = 5_000
"""Letters of a text on the page; black is the whole of it."""

_REQUEST = f"""
    SELECT r.id, r.kind, r.status, r.identity, r.person, r.customer, r.requester_name, r.requester_address, r.language, r.due_on,
        coalesce(nullif({full_name_sql("p")}, ''), c.name, r.requester_name) AS name,
        coalesce(nullif(r.requester_address, ''), (SELECT e.address FROM email_address e WHERE e.person = r.person
            ORDER BY e.position, e.id LIMIT 1), (SELECT e.address FROM email_address e WHERE r.person IS NULL AND e.customer = r.customer
            ORDER BY e.position, e.id LIMIT 1), '') AS address
    FROM data_request r LEFT JOIN person p ON p.id = r.person LEFT JOIN customer c ON c.id = r.customer WHERE r.id = $1
"""
_COPIES = """
    SELECT c.*, s.name AS requested_by_name, t.name AS sent_by_name, h.name AS handed_by_name, o.status AS mail_status,
        coalesce((SELECT jsonb_agg(jsonb_build_object('id', f.id, 'kind', f.kind, 'name', f.name, 'size', f.size,
            'there', f.sha256 <> '', 'fetches', f.fetches) ORDER BY f.position)
            FROM access_file f WHERE f.copy = c.id), '[]')::text AS files
    FROM access_copy c JOIN staff s ON s.id = c.requested_by LEFT JOIN staff t ON t.id = c.sent_by
    LEFT JOIN staff h ON h.id = c.handed_by LEFT JOIN outbox_message o ON o.id = c.outbox_id
"""


async def request_for(request_id: int) -> Row:
    """The request that a copy is made for; the routes demand PRIVACY_MANAGE. Raises NotFound."""
    row = await fetch_one(_REQUEST, request_id) if 0 < request_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


async def copies_of(request_id: int, limit: int = 20) -> list[Row]:
    """The copies of a request, the newest first; `files` is JSON."""
    return await fetch(f"{_COPIES} WHERE c.request = $1 ORDER BY c.id DESC LIMIT $2", request_id, limit)


async def copy_for(request_id: int, copy_id: int) -> Row:
    """One of a request's copies. Raises NotFound."""
    row = (
        await fetch_one(f"{_COPIES} WHERE c.id = $1 AND c.request = $2", copy_id, request_id)
        if 0 < copy_id <= HIGHEST_ID
        else None
    )
    if row is None:
        raise NotFound()
    return row


async def file_for(request_id: int, file_id: int) -> Row:
    """A file of one of a request's copies, while it is kept. Raises NotFound."""
    row = await fetch_one(
        "SELECT f.id, f.copy, f.name, f.sha256, f.size, f.media_type FROM access_file f JOIN access_copy c ON c.id = f.copy "
        "WHERE f.id = $1 AND c.request = $2 AND f.sha256 <> ''",
        file_id, request_id,
    ) if 0 < file_id <= HIGHEST_ID else None  # fmt: skip
    if row is None:
        raise NotFound()
    return row


async def blacked_of(request_id: int) -> list[Row]:
    """What is black in the copies of a request, the newest first."""
    return await fetch(
        "SELECT b.id, b.kind, b.value, b.place, b.reason, b.at, s.name AS by_name FROM blacked_out b JOIN staff s ON s.id = b.by_user "
        "WHERE b.request = $1 ORDER BY b.id DESC",
        request_id,
    )


async def copy_by_token(token: str, now: datetime) -> Row:
    """The copy that a person's link names, as long as it works. Raises NotFound: one answer for forged, ended and expired."""
    named = read_token(token, await signing_secret())
    row = None
    if named is not None:
        row = await fetch_one(
            f"{_COPIES} WHERE c.id = $1 AND c.serial = $2 AND c.link_until > $3 AND c.expires_at > $3 AND c.status = 'ready'",
            named.copy_id, named.serial, now,
        )  # fmt: skip
    if row is None:
        raise NotFound()
    return row


@dataclass(frozen=True, slots=True)
class TextItem:
    """A free text of the copy: where it stands ("interaction.text 12"), what it is, when, and whether it names others."""

    table: str
    column: str
    id: int
    text: str
    length: int
    names_others: bool

    @property
    def place(self) -> str:
        return f"{self.table}.{self.column} {self.id}"

    @property
    def heading(self) -> str:
        return declared(self.table).heading

    @property
    def what(self) -> str:
        """Which text of its entry this is; empty for the main one."""
        return NOTES.get(self.column, "")


@dataclass(frozen=True, slots=True)
class FileItem:
    table: str
    id: int
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Texts:
    """A page of texts; `next` is the number of the following one, 0 if there is none."""

    items: tuple[TextItem, ...]
    next: int


def _noted() -> list[tuple[Declared, str]]:
    """The columns with free text in them."""
    return [
        (one, column)
        for one in register()
        if one.about and one.copy_if != "false"
        for column in one.columns_of(NOTE)
    ]  # fmt: skip


async def texts_of(subject: Subject, *, query: str = "", only_others: bool = False, page: int = 0) -> Texts:
    """The texts that the person would read, table by table; with `query` those that have these words, with `only_others` those
    that name another person of their customers or an e-mail address that is not theirs."""
    others = await _others_pattern(subject)
    selects = []
    for one, column in _noted():
        repeated = (
            "AND t.kind NOT IN (" + ", ".join(f"'{kind}'" for kind in sorted(REPEATED)) + ")"
            if one.table == "timeline_entry"
            else ""
        )
        cast = "::text" if column in ("words", "matched") else ""
        selects.append(
            f"SELECT '{one.table}' AS \"table\", '{column}' AS \"column\", t.id, t.{quoted(column)}{cast} AS text "
            f"FROM {quoted(one.table)} t WHERE ({one.copied}) AND t.{quoted(column)}{cast} NOT IN ('', '[]') {repeated}"
        )
    rows = await fetch(
        f"{SUBJECT} SELECT x.\"table\", x.\"column\", x.id, left(x.text, {EXCERPT}) AS text, length(x.text) AS length, "
        "x.text ~* $4 AS names_others FROM (" + " UNION ALL ".join(selects) + ") x "
        "WHERE ($5 = '' OR position(lower($5) IN lower(x.text)) > 0) AND (NOT $6 OR x.text ~* $4) "
        "ORDER BY x.\"table\", x.\"column\", x.id LIMIT $7 OFFSET $8",
        *subject.parameters, others, query, only_others, TEXTS_AT_ONCE + 1, page * TEXTS_AT_ONCE,
    )  # fmt: skip
    items = tuple(
        TextItem(row.table, row.column, row.id, row.text, row.length, row.names_others) for row in rows[:TEXTS_AT_ONCE]
    )
    return Texts(items, page + 1 if len(rows) > TEXTS_AT_ONCE else 0)


async def text_at(subject: Subject, place: str) -> str:
    """The whole text at a place that `texts_of` named, if it belongs to this person. Raises NotFound."""
    where, _blank, number = place.partition(" ")
    table, _dot, column = where.partition(".")
    known = next((one for one, name in _noted() if (one.table, name) == (table, column)), None)
    if known is None or not (number.isascii() and number.isdigit()) or int(number) > HIGHEST_ID:
        raise NotFound()
    row = await fetch_one(
        f"{SUBJECT} SELECT t.{quoted(column)}::text AS text FROM {quoted(table)} t WHERE t.id = $4 AND ({known.copied})",
        *subject.parameters, int(number),
    )  # fmt: skip
    if row is None or not row.text:
        raise NotFound()
    return str(row.text)


async def files_of(subject: Subject, limit: int = 200) -> tuple[FileItem, ...]:
    """The stored files that go along."""
    selects = [
        f"SELECT '{one.table}' AS \"table\", t.id, t.name, t.{quoted(column)} AS sha256 FROM {quoted(one.table)} t "
        f"WHERE ({one.copied}) AND t.{quoted(column)} <> ''"
        for one in register()
        if one.about and one.copy_if != "false"
        for column in one.files
        if one.columns[column] in COPIED
    ]  # fmt: skip
    rows = await fetch(
        f"{SUBJECT} SELECT * FROM (" + " UNION ALL ".join(selects) + ') x ORDER BY x."table", x.id LIMIT $4',
        *subject.parameters, limit,
    )  # fmt: skip
    return tuple(FileItem(row.table, row.id, row.name, row.sha256) for row in rows)


_NAMES = """
    SELECT DISTINCT p.family_name FROM affiliation mine JOIN affiliation a ON a.customer = mine.customer JOIN person p ON p.id = a.person
    WHERE (mine.person = ANY($1) OR mine.customer = ANY($2)) AND NOT p.id = ANY($1) AND length(p.family_name) > 2
        AND lower(p.family_name) NOT IN (SELECT lower(family_name) FROM person WHERE id = ANY($1)) LIMIT 200
"""


async def _others_pattern(subject: Subject) -> str:
    """A pattern (PostgreSQL) for what names others: people of the same customers, "Herr ..." and "Frau ..." with another name, an
    e-mail address. A hint for the eye, no rule."""
    rows = await fetch(_NAMES, list(subject.persons), list(subject.customers))
    own = "|".join(_escaped(word) for word in subject.name.split()) or "\\M\\m"
    names = [rf"\m{_escaped(row.family_name)}\M" for row in rows]
    return "|".join(
        [*names, rf"\m(Herrn?|Frau|Mr|Ms|Mrs)\.? (?!({own})\M)[[:alpha:]]", r"[[:alnum:]._-]+@[[:alnum:].-]+"]
    )


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if not letter.isalnum() and letter != " " else letter for letter in text)


async def subject_for(request: Row) -> Subject | None:
    """Whom a request is about, or None if that is not known yet."""
    try:
        return await subject_named(request.person, request.customer)
    except NotFound:
        return None
