"""The register of personal columns: what every table knows about people, how its rows about one of them are found, and what
becomes of them on erasure. Each package declares its tables in a `personal.py`; access (GDPR Art. 15, 20) and erasure (Art. 17)
know nothing but this register, and a test refuses a text column that is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
class Declared:
    """One table.

    `columns` has every column of kind Varchar, Text, JSONB, Bytea or Array by its name in the database, and others that are
    personal by themselves (a birthday): what is not text and not named is a plain fact of its row (in the copy; stays).

    `about` is an SQL condition over the alias `t` that is true for rows about somebody: $1 bigint[] are the person's ids (those
    merged into it included), $2 bigint[] the customers that ARE this person (private customers, merged ones included), $3 text[]
    their addresses and numbers in small letters. It names all of them that it needs, and may name any; empty: no row is about a
    data subject.

    `keep` is the duty that keeps those of the rows for which `keep_if` is true (SQL like `about`; empty: all). Its time runs from
    the end of the year of `since`, an SQL expression over `t`; after it, or without a duty, `erase` applies. `files` are columns
    with the SHA-256 of stored files, `by` those with the id of a member of staff. `heading` and `labels` are words for the
    readable copy (English; translated when shown)."""

    table: str
    columns: Mapping[str, What] = field(default_factory=dict)
    about: str = ""
    erase: Erase = Erase.STAYS
    keep: Duty | None = None
    keep_if: str = ""
    since: str = ""
    files: tuple[str, ...] = ()
    heading: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    by: tuple[str, ...] = ()

    def columns_of(self, *kinds: What) -> tuple[str, ...]:
        return tuple(name for name, what in self.columns.items() if what in kinds)

    @property
    def erased_columns(self) -> tuple[str, ...]:
        """The columns that are emptied where the row stays."""
        return self.columns_of(*ERASED)

    def rows_about(self, columns: str = "t.*") -> str:
        """The statement that reads the rows about somebody; its parameters are those of `about`."""
        return f"{SUBJECT} SELECT {columns} FROM {quoted(self.table)} t WHERE {self.about}"


SUBJECT = "WITH subject AS (SELECT $1::bigint[], $2::bigint[], $3::text[])"
"""Begins each statement with a condition of the register, DELETE and UPDATE too: so that all three parameters have a type,
whichever the condition names."""


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
    """All that is declared (PERSONAL of each personal.py), by the table's name."""
    found: list[Declared] = []
    for name in modules():
        found += import_module(name).PERSONAL
    return tuple(sorted(found, key=lambda declared: declared.table))


def declared(table: str) -> Declared:
    """What is declared about a table. Raises KeyError if nothing is."""
    return _by_table()[table]


@cache
def _by_table() -> Mapping[str, Declared]:
    return {one.table: one for one in register()}
