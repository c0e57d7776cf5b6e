"""The register of personal columns: what every table knows about people, how its rows about one of them are found, and what
becomes of them on erasure. Each package declares its tables in a `personal.py`; access (GDPR Art. 15, 20) and erasure (Art. 17)
know nothing but this register, and a test refuses a text column that is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent


class What(StrEnum):
    """What a column holds.

    VALUE: about the person; goes into the copy, is erased. NOTE: free text of staff or of the person: the same, and others
    may be mentioned in it. DERIVED: search words, folded names, keys; not in the copy, erased. CODE: codes and enums, nothing
    that tells of a person by itself; in the copy, stays. STAFF: about members of staff or the company; neither. SECRET: tokens
    and digests of links; never shown, removed on erasure."""

    VALUE = "value"
    NOTE = "note"
    DERIVED = "derived"
    CODE = "code"
    STAFF = "staff"
    SECRET = "secret"  # noqa: S105


VALUE, NOTE, DERIVED, CODE, STAFF, SECRET = What  # by these names in each personal.py

ERASED = frozenset({VALUE, NOTE, DERIVED, SECRET})
"""What is emptied where the row stays."""

COPIED = frozenset({VALUE, NOTE, CODE})
"""What the person gets to see. Columns that need no declaration (numbers, dates, yes or no) are in the copy as well."""


class Erase(StrEnum):
    """DELETE: the row goes. BLANK: columns of ERASED are emptied, the row stays, so that statistics stay right. STAYS: the row
    says nothing about the person once the others are gone, or must remain as proof."""

    DELETE = "delete"
    BLANK = "blank"
    STAYS = "stays"


class Duty(StrEnum):
    """Duties that keep a row for a while, whatever the person asks for (GDPR Art. 17 (3) b).

    COMMERCIAL_LETTER: what was written to or by a customer about business, 6 years (HGB § 257 (1) no. 2, 3; AO § 147 (1) no. 2,
    3). VOUCHER: what a booking rests on, 8 years (HGB § 257 (1) no. 4; AO § 147 (1) no. 4). PROOF: that a consent was given or
    taken back, until claims out of it are barred (GDPR Art. 5 (2), 7 (1), 17 (3) e; BGB § 195)."""

    COMMERCIAL_LETTER = "commercial_letter"
    VOUCHER = "voucher"
    PROOF = "proof"


@dataclass(frozen=True, slots=True)
class Tells:
    """Rows of this table that are about somebody make rows of an earlier table be about them as well: those whose `at` (SQL
    over its row `t`) is the value of `column` (SQL over `t`) here. So that an earlier package need not know the later one."""

    table: str
    at: str
    column: str = "t.id"


@dataclass(frozen=True, slots=True)
class Declared:
    """One table.

    `columns` has every column of kind Varchar, Text, JSONB, Bytea or Array by its name in the database, and others that are
    personal by themselves (a birthday): what is not text and not named is a plain fact of its row (in the copy; stays).

    `about` is an SQL condition over the alias `t` that is true for rows about somebody: $1 bigint[] are the person's ids (those
    merged into it included), $2 bigint[] the customers that ARE this person (private customers, merged ones included), $3 text[]
    their addresses and numbers in small letters. Empty: no row is about a data subject (or none but by `tells` of another table;
    `register()` answers with both together). `copy_if` and `erase_if` narrow it: what is about others as well is not shown to
    the one, or not taken from the other.

    Of rows that are blanked and for which `blacken_if` is true (SQL like `about`) the notes stay, and what names the person in them is
    blackened: the correspondence of a company is the company's own, whoever wrote it.

    `keep` is the duty that keeps those of the rows for which `keep_if` is true (SQL like `about`; empty: all). Its time runs from
    the end of the year of `since`, an SQL expression over `t`; after it, or without a duty, `erase` applies. What a duty kept is emptied
    then as a whole, a company's correspondence too: by what the person was called nobody can blacken any more, as the erasure has
    forgotten it. `files` are columns
    with the SHA-256 of stored files. `heading` and `labels` are words for people (English; translated when shown)."""

    table: str
    columns: Mapping[str, What] = field(default_factory=dict)
    about: str = ""
    copy_if: str = ""
    erase: Erase = Erase.STAYS
    erase_if: str = ""
    blacken_if: str = ""
    keep: Duty | None = None
    keep_if: str = ""
    since: str = ""
    files: tuple[str, ...] = ()
    tells: tuple[Tells, ...] = ()
    heading: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def columns_of(self, *kinds: What) -> tuple[str, ...]:
        return tuple(name for name, what in self.columns.items() if what in kinds)

    @property
    def erased_columns(self) -> tuple[str, ...]:
        """The columns that are emptied where the row stays."""
        return self.columns_of(*ERASED)

    @property
    def copied(self) -> str:
        """The condition for rows that the person gets a copy of; empty if there are none."""
        return _both(self.about, self.copy_if)

    @property
    def erasable(self) -> str:
        """The condition for rows that an erasure is about; which of them a duty keeps is said by `kept`."""
        return _both(self.about, self.erase_if)

    @property
    def kept(self) -> str:
        """The condition for rows that a duty keeps (for a while, from `since` on); empty if there are none."""
        return _both(self.about, self.keep_if) if self.keep else ""

    def rows_about(self, columns: str = "t.*") -> str:
        """The statement that reads the rows about somebody; its parameters are those of `about`."""
        return f"{SUBJECT} SELECT {columns} FROM {quoted(self.table)} t WHERE {self.about}"


SUBJECT = "WITH subject AS (SELECT $1::bigint[], $2::bigint[], $3::text[])"
"""Begins each statement with a condition of the register, DELETE and UPDATE too: so that all three parameters have a type,
whichever the condition names."""


def each(what: What, names: str) -> dict[str, What]:
    """Columns (names with blanks between them) that hold the same."""
    return dict.fromkeys(names.split(), what)


def audited(kind: str) -> Tells:
    """Entries of the audit trail about rows of this table; `kind` is what the trail calls them."""
    return Tells("audit_entry", f"CASE t.subject_kind WHEN '{kind}' THEN t.subject_id END")


def linked(path: str) -> tuple[Tells, ...]:
    """Notices to staff, mails with them, and remembered submissions that lead to the page of such a row (`path` + id)."""
    number = f"'{path}(\\d{{1,18}})'"
    return (
        Tells("notification", f"substring(t.link FROM {number})::bigint"),
        Tells("submission", f"substring(t.location FROM {number})::bigint"),
        Tells("outbox_message", f"CASE WHEN t.user_id IS NOT NULL THEN substring(t.text FROM {number})::bigint END"),
    )


def _both(one: str, other: str) -> str:
    return f"({one}) AND ({other})" if one and other else one


def quoted(name: str) -> str:
    """A table's or column's name as SQL takes it (some are words of the language)."""
    return f'"{name}"'


def modules() -> list[str]:
    """Every personal.py of a package or of a part of one, in alphabetical order."""
    return sorted(
        ".".join(path.relative_to(HERE.parent).with_suffix("").parts)
        for path in HERE.rglob("personal.py")
        if path.parent != HERE
    )


@cache
def register() -> tuple[Declared, ...]:
    """All that is declared (PERSONAL of each personal.py), by the table's name; `about` includes what others tell."""
    found: dict[str, Declared] = {}
    for name in modules():
        found |= {one.table: one for one in import_module(name).PERSONAL}
    telling: dict[str, list[tuple[Declared, Tells]]] = {}
    for one in found.values():
        for tells in one.tells:
            telling.setdefault(tells.table, []).append((one, tells))

    @cache
    def about(table: str) -> str:
        own = [f"({found[table].about})"] if found[table].about else []
        told = [
            f"{tells.at} IN (SELECT {tells.column} FROM {quoted(one.table)} t WHERE {about(one.table)})"
            for one, tells in telling.get(table, ())
        ]
        return " OR ".join([*own, *told])

    return tuple(replace(found[table], about=about(table)) for table in sorted(found))


def declared(table: str) -> Declared:
    """What is declared about a table. Raises KeyError if nothing is."""
    return _by_table()[table]


@cache
def _by_table() -> Mapping[str, Declared]:
    return {one.table: one for one in register()}
