"""Reads the rows of an import as the forms do: typed values, or every error with its column. As a program of its own it does
so beside the one that writes, which doubles the pace where there are two processors."""

from __future__ import annotations

import gc
import pickle
import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from crm.customers import forms
from crm.customers.data import NewCustomer, full_name
from crm.customers.words import STATUSES
from crm.errors import Invalid
from crm.records import values
from crm.records.order_rows import pieces_of_orders
from crm.records.preparing import Prepared, prepare
from crm.records.reading import FileProblem, RawRow, Table
from crm.records.sentences import fault_sentence
from crm.records.shaping import Shaped, shape
from crm.records.targets import ImportKind
from crm.text import fold
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _, speaking, word, zone

if TYPE_CHECKING:
    from crm.profiles.definitions import Definition

LABEL = 200
OURS = "Nahbar: "
"""How the headers of the columns begin that a file to mend has of us."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows are read: which column is which field, and what the forms must know."""

    kind: ImportKind
    columns: tuple[str, ...]
    fields: tuple[str, ...]
    is_american: bool = False
    service_levels: frozenset[str] = frozenset()
    staff: Mapping[str, int] = field(default_factory=dict)
    """Folded name or lower-case e-mail address -> id."""
    numbers: str = "de"
    """The language in which the file's numbers are written."""
    attributes: Mapping[str, Definition] = field(default_factory=dict)
    """Code -> definition of the attributes that columns are assigned to."""
    secret: bytes = b""
    """The installation's: goes into the fingerprints of rows that say something of a special category (GDPR Art. 9)."""
    is_mended: bool = field(init=False)
    """Whether it is a file to mend that came back: there an apostrophe is ours, not what somebody meant."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_mended", any(column.startswith(OURS) for column in self.columns))


class Said(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a row says about a customer, for the change of one who is there. `given` are the names of the form's fields that
    the row fills; everything else is a default and changes nobody."""

    customer: NewCustomer
    given: frozenset[str]


class Parsed(msgspec.Struct, array_like=True, gc=False):
    """One row that was read: a customer, `prepared` for being created and looked up (or the `values` of another kind of
    import), or `errors`: language -> column -> sentence. `packed` is a `Said`, unpacked only where somebody is changed."""

    line: int
    label: str = ""
    values: dict[str, Any] = {}
    errors: dict[str, dict[str, str]] = {}
    notes: list[tuple[str, str]] = []
    cells: tuple[str, ...] = ()
    prepared: Prepared | None = None
    parent: str = ""
    person_external_id: str = ""
    fingerprint: int = 0
    packed: bytes = b""
    attributes: dict[str, str] = {}

    @property
    def said(self) -> Said:
        return _saying.decode(self.packed)

    @property
    def customer(self) -> NewCustomer | None:
        return self.said.customer if self.packed else None


_packer, _saying, _parsing = (
    msgspec.msgpack.Encoder(),
    msgspec.msgpack.Decoder(Said),
    msgspec.msgpack.Decoder(list[Parsed]),
)


def parse(plan: Plan, rows: Sequence[RawRow]) -> list[Parsed]:
    """What these rows say, in their order."""
    if plan.kind is ImportKind.CUSTOMERS:
        return [_customer(plan, row) for row in rows]
    from crm.records.parsing_others import parse_other

    return [parse_other(plan, row) for row in rows]


def _customer(plan: Plan, row: RawRow) -> Parsed:
    parsed = Parsed(row.line, cells=row.cells)
    cells = assigned(plan, row)
    parsed.label = label_of(cells)
    if errors := first_errors(plan, row, cells):
        parsed.errors = errors
        return parsed
    shaped = shape(cells, is_american=plan.is_american)
    _resolve_staff(plan, shaped)
    fields = Fields(shaped.fields)
    wrong: dict[str, dict[str, str]] = {}
    if plan.attributes:
        from crm.records.attribute_cells import read_attributes

        parsed.attributes, wrong = read_attributes(
            plan.attributes, cells, partial(column_of, plan), plan.numbers, is_american=plan.is_american
        )
    try:
        customer = forms.new_customer(fields, plan.service_levels)
    except Invalid:
        errors = {language: _errors_in(language, plan, cells, shaped) for language in LANGUAGES}
        parsed.errors = {language: {**errors[language], **wrong.get(language, {})} for language in LANGUAGES}
        return parsed
    if wrong:
        parsed.errors = wrong
        return parsed
    parsed.notes, parsed.parent = shaped.notes, shaped.parent
    parsed.person_external_id = shaped.person_external_id[:200]
    is_secret = any(plan.attributes[code].is_special for code in parsed.attributes)
    parsed.fingerprint = fingerprint(
        shaped.fields,
        shaped.person_external_id,
        *filter(None, (parsed.attributes,)),
        key=plan.secret if is_secret else b"",
    )
    given = frozenset(name for name, value in shaped.fields.items() if value)
    parsed.packed = _packer.encode(Said(customer, given))
    parsed.prepared = prepare(customer, person_external_id=parsed.person_external_id, fingerprint=parsed.fingerprint)
    return parsed


def assigned(plan: Plan, row: RawRow) -> dict[str, str]:
    """The cells that are assigned to a field and not empty, by field."""
    return {code: cell for code, cell in zip(plan.fields, row.cells, strict=True) if code and cell}


def first_errors(plan: Plan, row: RawRow, cells: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What is wrong before the form is asked: the shape of the row, and formulas. What stands behind an apostrophe is text."""
    if row.fault is not None:
        column = "" if row.fault.column is None else plan.columns[row.fault.column]
        return _in_every_language(lambda: {column: fault_sentence(row.fault)})
    formulas = [
        code for code, text in cells.items() if values.is_formula(values.plain(text) if plan.is_mended else text)
    ]
    if formulas:
        return _in_every_language(
            lambda: {
                column_of(plan, code): _("This is a formula. Put the value itself into the cell.") for code in formulas
            }
        )
    return {}


def _in_every_language(make: Any) -> dict[str, dict[str, str]]:
    found = {}
    for language in LANGUAGES:
        with speaking(language):
            found[language] = make()
    return found


def column_of(plan: Plan, code: str) -> str:
    """The header of the column that is this field; the field's own name if no column is."""
    return plan.columns[plan.fields.index(code)] if code in plan.fields else code


def _errors_in(language: str, plan: Plan, cells: Mapping[str, str], shaped: Shaped) -> dict[str, str]:
    with speaking(language):
        try:
            forms.new_customer(Fields(shaped.fields), plan.service_levels)
        except Invalid as invalid:
            return dict(_told(plan, cells, shaped, name, sentence) for name, sentence in invalid.errors.items())
    return {}


def _told(plan: Plan, cells: Mapping[str, str], shaped: Shaped, name: str, sentence: str) -> tuple[str, str]:
    """The column and the sentence of an error of the form, where a file needs other words than a page."""
    if name == "name" and not cells.get("kind") and not label_of(cells):
        return "", _("This row names nobody: neither an organisation nor a person.")
    if name == "status" and cells.get("status"):
        known = ", ".join(word(STATUSES, code) for code in STATUSES)
        sentence = _("“%(value)s” is none of: %(options)s.") % {"value": cells["status"][:40], "options": known}
    return _column(plan, cells, shaped, name, sentence), sentence


def _column(plan: Plan, cells: Mapping[str, str], shaped: Shaped, name: str, sentence: str) -> str:
    """The column that an error belongs to: of several that went into a list, the one whose value the sentence names."""
    codes = [code for code in shaped.origin.get(name, (name,)) if code in plan.fields]
    filled = [code for code in codes if cells.get(code)]
    named = [code for code in filled if any(part in sentence for part in values.several(cells[code], commas=True))]
    code = next(iter((*named, *filled, *codes)), name)
    return column_of(plan, code)


def _resolve_staff(plan: Plan, shaped: Shaped) -> None:
    """Who looks after the customer, by name or e-mail. Somebody who does not work here is noted, and left out."""
    for said, name in ((shaped.owner, "owner_id"), (shaped.deputy, "deputy_id")):
        if not said:
            continue
        found = plan.staff.get(said.strip().lower()) or plan.staff.get(fold(said))
        if found is not None:
            shaped.fields[name] = str(found)
        else:
            shaped.notes.append(("owner_unknown", said[:60]))


def label_of(cells: Mapping[str, str]) -> str:
    """What a row is called in lists."""
    person = full_name(
        cells.get("person_title", ""), cells.get("person_given_name") or cells.get("given_name", ""),
        cells.get("person_family_name") or cells.get("family_name", ""),
    ) or cells.get("person_full_name", "")  # fmt: skip
    return ", ".join(filter(None, (cells.get("name", ""), person)))[:LABEL]


def fingerprint(*said: Any, key: bytes = b"") -> int:
    """A number that is the same for the same content (64 bits, signed as PostgreSQL's bigint). Of what could be guessed by
    trying it needs a key."""
    raw = repr([sorted(each.items()) if isinstance(each, dict) else each for each in said]).encode(
        "utf-8", "surrogatepass"
    )
    return int.from_bytes(blake2b(raw, digest_size=8, key=key[:64]).digest(), "big", signed=True)


@dataclass(frozen=True, slots=True)
class Work:
    """What the program of its own is to do: the rows of a table after the first `skip`, so many in each message."""

    table: Table
    plan: Plan
    skip: int
    size: int
    zone: ZoneInfo
    """The company's: what a file says of clocks is meant there."""


RARELY = 50_000
"""So many new objects are looked through for circles at once: rows have none, and looking after every 700 costs a tenth of
the time."""
_TYPED, _ANY = b"t", b"a"


def message(found: list[Parsed] | FileProblem) -> bytes:
    """Rows as one program tells them to the other. Those of customers go by their types, which is far quicker than what
    goes for any value."""
    if isinstance(found, list) and not any(row.values for row in found):
        body = _TYPED + _packer.encode(found)
    else:
        body = _ANY + pickle.dumps(found, pickle.HIGHEST_PROTOCOL)
    return struct.pack("!I", len(body)) + body


def understood(body: bytes) -> list[Parsed] | FileProblem:
    """What `message` has made, without its first four bytes, which say how long it is."""
    if body[:1] == _TYPED:
        return _parsing.decode(memoryview(body)[1:])
    found: list[Parsed] | FileProblem = pickle.loads(memoryview(body)[1:])  # noqa: S301  our own program wrote it
    return found


def _pieces(plan: Plan, rows: Iterator[RawRow], size: int) -> Iterator[list[RawRow]]:
    """The rows, so many at a time; those of one order, which follow each other, stay together."""
    if plan.kind is ImportKind.ORDERS:
        return pieces_of_orders(rows, plan.fields, size)
    return iter(lambda: list(islice(rows, size)), [])


def main() -> None:
    """Tell what the rows say, chunk by chunk, or what the file is guilty of. An empty chunk is the end."""
    work: Work = pickle.load(sys.stdin.buffer)  # noqa: S301  our own program wrote it
    zone.set(work.zone)
    gc.freeze()
    gc.set_threshold(RARELY)
    pieces = _pieces(work.plan, islice(work.table.rows(), work.skip, None), work.size)
    chunk: list[RawRow] | None = None
    while chunk is None or chunk:
        try:
            chunk = next(pieces, [])
            told = message(parse(work.plan, chunk))
        except FileProblem as problem:
            chunk, told = [], message(problem)
        sys.stdout.buffer.write(told)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError, KeyboardInterrupt):
        # By its real name: what is pickled here is unpickled as crm.records.parsing.
        from crm.records.parsing import main as run

        run()
