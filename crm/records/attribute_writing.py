"""Writes the further attributes of imported customers. A value without a valid basis for this customer and purpose is left out;
the customer comes in all the same, and the row says which value is missing and why."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from crm.accounts.company import signing_secret
from crm.database import Row, decoded, fetch
from crm.profiles.basis import BasisFacts, decide
from crm.profiles.definitions import Definition, Value
from crm.profiles.gathering import whom
from crm.profiles.sentences import refusal
from crm.profiles.tables import About
from crm.profiles.writing import Refusal, Wish, delete_attribute, refusals, write_attributes
from crm.records.attribute_cells import canonical
from crm.records.chunks import Line
from crm.records.parsing import Parsed
from crm.records.tables import Outcome, RunStatus
from crm.records.targets import OF_PERSON
from crm.web.i18n import LANGUAGES, speaking

_NEW = frozenset({Outcome.CREATED, Outcome.JOINED})
_WRITTEN = _NEW | {Outcome.UPDATED, Outcome.UNCHANGED}
_NO_WANT_OF_BASIS = frozenset({"retired", "only_persons", "only_organisations", "restricted"})
"""Refusals that say nothing about the basis: what is stored may stay."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """One value of a row, and whom it describes: a person, or else the organisation itself."""

    line: Line
    definition: Definition
    text: str
    is_person: bool
    name: str

    @property
    def is_unborn(self) -> bool:
        """Whether whom it describes is not there yet: in a dry run."""
        return self.line.customer_id is None or (self.is_person and self.line.person_id is None)

    @property
    def wish(self) -> Wish:
        assert self.line.customer_id is not None
        return Wish(
            self.line.customer_id, self.definition.code, self.text, self.line.person_id if self.is_person else None
        )


class AttributeChunks:
    """The attributes of one import of customers."""

    def __init__(self, run: Row, definitions: Mapping[str, Definition], now: datetime) -> None:
        self.run, self.definitions, self.now = run, definitions, now
        self.is_trial = run.status == RunStatus.CHECKING

    async def put(self, rows: Sequence[Parsed], lines: Sequence[Line]) -> None:
        """Write the attributes of these rows, whose customers have been written, and add to their lines what became of them."""
        cells = [cell for row, line in zip(rows, lines, strict=True) for cell in self._cells(row, line)]
        for cell in (cell for cell in cells if cell.is_unborn):
            if verdict := _verdict_of_new(cell):
                _note_refusal(cell, verdict)
        there = [cell for cell in cells if not cell.is_unborn]
        former = await _saved([cell.wish for cell in there if cell.line.outcome not in _NEW])
        todo = [cell for cell in there if former.get(_key(cell.wish)) != cell.text]
        wishes = [cell.wish for cell in todo]
        if self.is_trial:
            refused = await refusals(wishes)
        else:
            refused = await write_attributes(wishes, source="import", by=self.run.requested_by, now=self.now)
        why = {each.place: each for each in refused}
        told = await _told([wishes[each.place] for each in refused if not each.code])
        for place, cell in enumerate(todo):
            if place in why:
                _note_refusal(cell, why[place], told)
            elif cell.line.outcome not in _NEW:
                _note_change(cell, former.get(_key(cell.wish)), await signing_secret())

    def _cells(self, row: Parsed, line: Line) -> list[_Cell]:
        if not row.attributes or line.outcome not in _WRITTEN:
            return []
        data = row.said.customer
        found: dict[tuple[str, bool], _Cell] = {}
        for code, text in row.attributes.items():
            definition = self.definitions[code]
            is_person = data.organisation is None or definition.about is About.PERSON or code.endswith(OF_PERSON)
            if line.outcome is Outcome.JOINED and not is_person:
                continue  # a new person changes nothing about the organisation
            name = (
                data.person.full_name
                if is_person and data.person
                else data.organisation.name
                if data.organisation
                else ""
            )
            cell = _Cell(line, definition, text, is_person, name)
            if is_person and data.person is None:
                _note_refusal(cell, Refusal(0, "basis", "", "only_persons", name))
            else:
                found[definition.code, is_person] = cell
        return list(found.values())


def _verdict_of_new(cell: _Cell) -> Refusal | None:
    """What would be refused about somebody who is only about to be created: nobody has consented, no contract is there."""
    one = cell.definition
    verdict = decide(BasisFacts(
        one.about, one.legal_basis, is_organisation=not cell.is_person, is_special=one.is_special, is_retired=one.is_retired,
        note=one.basis_note,
    ))  # fmt: skip
    return None if verdict.allowed else Refusal(0, "basis", "", verdict.code, cell.name)


async def _told(wishes: Sequence[Wish]) -> dict[tuple[Wish, str], str]:
    """Refusals that have no code, in each language: of a choice, say, that was retired while the import ran."""
    found = {}
    for language in LANGUAGES if wishes else ():
        with speaking(language):
            for each in await refusals(wishes):
                found[wishes[each.place], language] = each.sentence
    return found


def _note_refusal(cell: _Cell, refused: Refusal, told: Mapping[tuple[Wish, str], str] | None = None) -> None:
    sentences = {}
    for language in LANGUAGES:
        with speaking(language):
            sentences[language] = (
                refusal(refused.code, cell.definition, refused.name) if refused.code
                else (told or {}).get((cell.wish, language), refused.sentence)
            )  # fmt: skip
    cell.line.detail.setdefault("notes", []).append(["attribute", sentences])


def _note_change(cell: _Cell, former: str | None, secret: bytes) -> None:
    """What undoing needs: the former value, unless it is of a special category (GDPR Art. 9), which is kept in one place only;
    of the new one enough to see whether it was changed again, and not enough to guess it by trying."""
    one = cell.definition
    before = "" if one.is_special and former is not None else former
    change = [one.code, cell.is_person, before, _seal(secret, cell.wish, cell.text), one.name_de, one.name_en]
    cell.line.detail.setdefault("attributes", []).append(change)
    if cell.line.outcome is Outcome.UNCHANGED:
        cell.line.outcome = Outcome.UPDATED


def _seal(secret: bytes, wish: Wish, text: str) -> str:
    """A mark of this value of this one: the same for nobody else, and worth nothing without the company's secret."""
    return hmac.new(secret, repr(("imported attribute", _key(wish), text)).encode(), sha256).hexdigest()[:32]


def _key(wish: Wish) -> tuple[int, int, str]:
    return (wish.person_id or 0, 0 if wish.person_id else wish.customer_id, wish.code)


_SAVED = """
    SELECT coalesce(v.person, 0) AS person, coalesce(v.customer, 0) AS customer, a.code, v.text, v.number, v.on_date, v.flag
    FROM attribute_value v JOIN attribute a ON a.id = v.attribute
    WHERE v.blocked_at IS NULL AND (v.person = ANY($1) OR v.customer = ANY($2)) AND a.code = ANY($3)
"""


async def _saved(wishes: Sequence[Wish]) -> dict[tuple[int, int, str], str]:
    """The values that are there."""
    if not wishes:
        return {}
    persons = [wish.person_id for wish in wishes if wish.person_id]
    customers = [wish.customer_id for wish in wishes if not wish.person_id]
    rows = await fetch(_SAVED, persons, customers, list({wish.code for wish in wishes}))
    return {(row.person, row.customer, row.code): canonical(Value.of(row)) for row in rows}


@dataclass(frozen=True, slots=True)
class Back:
    """A value to be given back when an import is undone: the former one, or none."""

    wish: Wish
    former: str | None


async def attributes_back(rows: Sequence[Row]) -> tuple[dict[int, list[Back]], dict[int, list[str]]]:
    """Of rows of an import that changed customers: by their ids what is to be given back, and what stays, with its reason."""
    asked = []
    for row in rows:
        for code, is_person, former, new, *_names in decoded(row.detail).get("attributes", ()):
            wish = Wish(row.customer, code, former or "", row.person if is_person else None)
            asked.append((row.id, Back(wish, former), new))
    saved = await _saved([each.wish for _row, each, _new in asked])
    about = await whom({(each.wish.customer_id, each.wish.person_id) for _row, each, _new in asked}) if asked else {}
    unwanted = await _unwanted([each.wish for _row, each, _new in asked if each.former])
    secret = await signing_secret() if asked else b""
    back: dict[int, list[Back]] = {}
    stays: dict[int, list[str]] = {}
    for row_id, each, new in asked:
        wish, now = each.wish, saved.get(_key(each.wish))
        whose = about.get((wish.customer_id, wish.person_id))
        if whose is None:
            why = "attribute_elsewhere"
        elif whose.is_restricted:
            why = "attribute_restricted"
        elif now is None or _seal(secret, wish, now) != new or each.former == "":
            why = "attribute"
        elif wish in unwanted:
            why = "attribute_refused"
        else:
            back.setdefault(row_id, []).append(each)
            continue
        stays.setdefault(row_id, []).append(why)
    return back, stays


async def _unwanted(wishes: Sequence[Wish]) -> set[Wish]:
    """Those whose value the catalogue does not take any more, whatever basis it has."""
    refused = await refusals(wishes) if wishes else []
    return {wishes[each.place] for each in refused if not _wants_basis(each)}


def _wants_basis(refused: Refusal) -> bool:
    return refused.field == "basis" and refused.code not in _NO_WANT_OF_BASIS


async def give_attributes_back(changes: Sequence[Back], *, by: int | None, now: datetime) -> None:
    """A value that has no basis any more is not given back: it goes."""
    for each in changes:
        refused = each.former is not None and await write_attributes([each.wish], source="import", by=by, now=now)
        if each.former is None or (refused and _wants_basis(refused[0])):
            await delete_attribute(each.wish.customer_id, each.wish.code, each.wish.person_id, by=by, now=now)
