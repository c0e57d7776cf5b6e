"""Attributes of the catalogue as columns of an export: those that whoever asks may see, and that fit its purpose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from crm.accounts.audit import record_many
from crm.profiles.definitions import Definition, Value
from crm.records.attribute_cells import field_of, offered_attributes, sides
from crm.records.export_columns import ATTRIBUTES, Column
from crm.records.export_columns import Value as Cell
from crm.records.export_purposes import ExportPurpose, attribute_fits
from crm.records.export_reading import AttributeRecord, CustomerRecord, PersonRecord
from crm.records.targets import ATTRIBUTE


def column_of(one: Definition, *, of_person: bool) -> Column:
    """The column of an attribute: of the persons, or of the organisation itself."""
    code, name = field_of(one, of_person=of_person)
    return Column(code, name, ATTRIBUTES, _reader(one, of_person=of_person))


def _reader(one: Definition, *, of_person: bool) -> Callable[[CustomerRecord, PersonRecord | None, bool], Cell]:
    def value(customer: CustomerRecord, person: PersonRecord | None, words: bool) -> Cell:
        whom = person if of_person else customer
        found = whom.attributes.get(one.id) if whom is not None else None
        return _cell(one, found, words) if found is not None else ""

    return value


def _cell(one: Definition, found: AttributeRecord, words: bool) -> Cell:
    value = Value.of(found)
    if value.number is not None:
        return int(value.number) if value.number == value.number.to_integral_value() else value.number.normalize()
    if value.on_date is not None:
        return value.on_date
    if words:
        return value.shown(one)
    if value.flag is not None:
        return "1" if value.flag else "0"
    return value.text or ""


def attribute_columns(known: Iterable[Definition]) -> dict[str, Column]:
    """All columns of these attributes, by code."""
    columns = [column_of(one, of_person=of_person) for one in known for of_person in sides(one)]
    return {column.code: column for column in columns}


def unfitting(codes: Iterable[str], known: Iterable[Definition], purpose: ExportPurpose) -> list[Definition]:
    """Those chosen attributes of persons that are kept for something else. What an organisation itself is, is no personal
    data."""
    chosen = set(codes)
    return [
        one for one in known
        if True in sides(one) and column_of(one, of_person=True).code in chosen
        and not attribute_fits(purpose, one.purpose, one.legal_basis)
    ]  # fmt: skip


async def attributes_of(codes: Sequence[str], purpose: ExportPurpose, user_id: int) -> list[Definition]:
    """The chosen attributes that may go along now: the role, the catalogue and the purpose decide when the file is made."""
    if not any(code.startswith(ATTRIBUTE) for code in codes):
        return []
    known = await offered_attributes(user_id)
    refused = {one.id for one in unfitting(codes, known, purpose)}
    return [one for one in known if one.id not in refused and any(code in codes for code in attribute_columns([one]))]


class Readings:
    """Whose special categories (GDPR Art. 9) go into the file: each is put on record as read."""

    def __init__(self, attributes: Iterable[Definition]) -> None:
        self._special = [one for one in attributes if one.is_special]
        self._persons: dict[str, list[int]] = defaultdict(list)

    def note(self, customers: Iterable[CustomerRecord]) -> None:
        for one in self._special:
            self._persons[one.code] += [
                person.id for customer in customers for person in customer.persons if one.id in person.attributes
            ]

    async def put_on_record(self, *, by: int, now: datetime) -> None:
        for code, persons in self._persons.items():
            await record_many("attribute.read", "person", persons, by=by, now=now, fields={"attribute": code})
