"""The columns that an export can have. Their codes are the names that the import reads; people see words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from crm.customers.salutation import salutation
from crm.customers.words import FORMS_OF_ADDRESS, KINDS, LANGUAGES, ORIGINS, STATUSES
from crm.records.export_purposes import hidden_parts
from crm.records.export_reading import CustomerRecord, PersonRecord, Place, Reached
from crm.web.formats import country, local
from crm.web.i18n import N_, _, local_name, word

Value = str | int | Decimal | date | bool | list[str] | None
"""A cell before it is written; a list is of telephone numbers (E.164)."""
BETWEEN = " ::: "
"""Between several values of one cell, as Google writes it; the import reads it."""


@dataclass(frozen=True, slots=True)
class Column:
    """`code` names it in files for programs, `label` in those for people. `value` is told whether words are wanted rather
    than codes. `part` is the way of reaching somebody that it belongs to."""

    code: str
    label: str
    group: str
    value: Callable[[CustomerRecord, PersonRecord | None, bool], Value]
    part: str = ""
    is_standard: bool = False

    @property
    def heading(self) -> str:
        return ": ".join(_(part) for part in self.label.split("|"))


CUSTOMER, ADDRESS, PERSON, ATTRIBUTES = N_("Customer"), N_("Address"), N_("Person"), N_("Attributes")


def _of(name: str) -> Callable[[CustomerRecord, PersonRecord | None, bool], Value]:
    return lambda customer, person, words: getattr(customer, name)


def _person(name: str) -> Callable[[CustomerRecord, PersonRecord | None, bool], Value]:
    return lambda customer, person, words: getattr(person, name) if person else ""


def _worded(name: str, table: dict[str, str]) -> Callable[[CustomerRecord, PersonRecord | None, bool], Value]:
    def value(customer: CustomerRecord, person: PersonRecord | None, words: bool) -> Value:
        code = str(getattr(customer, name))
        return word(table, code) if words and code else code

    return value


def _staff(name: str) -> Callable[[CustomerRecord, PersonRecord | None, bool], Value]:
    """People by name, programs by e-mail address, which is unique."""
    return lambda customer, person, words: getattr(customer, name if words else f"{name}_email") or ""


def _joined(reached: Iterable[Reached]) -> str:
    return BETWEEN.join(one.value for one in reached)


def _phones(
    kinds: Collection[str] | None, *, own: bool
) -> Callable[[CustomerRecord, PersonRecord | None, bool], Value]:
    """Numbers of these kinds; without kinds all that have no column of their own."""
    special = ("mobile", "private", "fax")

    def value(customer: CustomerRecord, person: PersonRecord | None, words: bool) -> Value:
        whom = customer if own else person
        found = whom.phones if whom else []
        taken = [
            one for one in found if (one.kind in kinds if kinds else one.kind not in (("fax",) if own else special))
        ]
        return [one.value for one in taken]

    return value


def _place(customer: CustomerRecord, kind: str) -> Place | None:
    """The first address, or, by kind, one of the others."""
    if not kind:
        return customer.addresses[0] if customer.addresses else None
    return next((place for place in customer.addresses[1:] if place.kind == kind), None)


def _address(kind: str, part: str) -> Callable[[CustomerRecord, PersonRecord | None, bool], Value]:
    def value(customer: CustomerRecord, person: PersonRecord | None, words: bool) -> Value:
        place = _place(customer, kind)
        if place is None:
            return ""
        found = str(getattr(place, part))
        return country(found) if words and part == "country" else found

    return value


def _form(customer: CustomerRecord, person: PersonRecord | None, words: bool) -> Value:
    code = person.form_of_address if person else ""
    return word(FORMS_OF_ADDRESS, code) if words and code else code


def _line(customer: CustomerRecord, person: PersonRecord | None, words: bool) -> Value:
    return salutation(person, person.language if person else customer.language)


def _day(moment: datetime | None) -> date | None:
    return local(moment).date() if moment else None


_PARTS = (
    ("extra", N_("address line 2")), ("street", N_("street")), ("postcode", N_("postcode")), ("city", N_("place")),
    ("country", N_("country")),
)  # fmt: skip
_MAIN = {
    "extra": N_("Address line 2"),
    "street": N_("Street"),
    "postcode": N_("Postcode"),
    "city": N_("City"),
    "country": N_("Country"),
}
_FURTHER = (
    ("invoice", N_("Invoice address")), ("delivery", N_("Delivery address")), ("private", N_("Private address")),
    ("other", N_("Another address")),
)  # fmt: skip

_ALL = (
    Column("number", N_("Customer number"), CUSTOMER, _of("number"), is_standard=True),
    Column("external_id", N_("External number"), CUSTOMER, lambda c, p, w: c.external_id or ""),
    Column("kind", N_("Kind"), CUSTOMER, _worded("kind", KINDS), is_standard=True),
    Column("name", N_("Name"), CUSTOMER, lambda c, p, w: c.name if w or c.kind == "organisation" else "", is_standard=True),
    Column("status", N_("Status"), CUSTOMER, _worded("status", STATUSES), is_standard=True),
    Column("service_level", N_("Service level"), CUSTOMER, lambda c, p, w: _level(c) if w else c.service_level),
    Column("owner", N_("Owner"), CUSTOMER, _staff("owner"), is_standard=True),
    Column("deputy", N_("Deputy"), CUSTOMER, _staff("deputy")),
    Column("team", N_("Team"), CUSTOMER, lambda c, p, w: c.team or ""),
    Column("email", N_("E-mail of the organisation"), CUSTOMER, lambda c, p, w: _joined(c.emails), "email", is_standard=True),
    Column("phone", N_("Telephone of the organisation"), CUSTOMER, _phones(None, own=True), "phone", is_standard=True),
    Column("fax", N_("Fax of the organisation"), CUSTOMER, _phones(("fax",), own=True), "phone"),
    Column("website", N_("Website"), CUSTOMER, _of("website")),
    Column("more_websites", N_("Further websites"), CUSTOMER, lambda c, p, w: BETWEEN.join(c.websites)),
    Column("language", N_("Language"), CUSTOMER, _worded("language", LANGUAGES)),
    Column("tags", N_("Tags"), CUSTOMER, lambda c, p, w: ", ".join(c.tags)),
    Column("brief", N_("Brief"), CUSTOMER, _of("brief")),
    Column("origin_code", N_("How they heard of us"), CUSTOMER, _worded("origin_code", ORIGINS)),
    Column("origin", N_("Origin in words"), CUSTOMER, _of("origin")),
    Column("parent", N_("Belongs to"), CUSTOMER, lambda c, p, w: (c.parent_name if w else c.parent) or ""),
    Column("vat_id", N_("VAT ID"), CUSTOMER, _of("vat_id")),
    Column("iban", N_("IBAN"), CUSTOMER, _of("iban")),
    Column("no_automatic_answers", N_("No automatic answers"), CUSTOMER, _of("no_automatic_answers")),
    Column("checked_on", N_("Last checked on"), CUSTOMER, _of("checked_on")),
    Column("created_on", N_("Customer since"), CUSTOMER, lambda c, p, w: _day(c.created_at)),
    Column("last_contact_on", N_("Last contact"), CUSTOMER, lambda c, p, w: _day(c.last_contact_at)),
    Column("contact_due_on", N_("Contact due"), CUSTOMER, lambda c, p, w: _day(c.contact_due_at)),
    Column("orders", N_("Number of orders"), CUSTOMER, _of("orders")),
    Column("revenue", N_("Revenue"), CUSTOMER, _of("revenue")),
    Column("last_order_on", N_("Last order"), CUSTOMER, _of("last_order_on")),
    *(
        Column(part, _MAIN[part], ADDRESS, _address("", part), is_standard=part != "extra") for part, _label in _PARTS
    ),
    *(
        Column(f"{kind}_{part}", f"{name}|{label}", ADDRESS, _address(kind, part))
        for kind, name in _FURTHER for part, label in _PARTS
    ),
    Column("person_form_of_address", N_("Form of address"), PERSON, _form, is_standard=True),
    Column("person_title", N_("Title"), PERSON, _person("title"), is_standard=True),
    Column("person_given_name", N_("Given name"), PERSON, _person("given_name"), is_standard=True),
    Column("person_family_name", N_("Family name"), PERSON, _person("family_name"), is_standard=True),
    Column("person_function", N_("Function"), PERSON, _person("function"), is_standard=True),
    Column("person_email", N_("E-mail"), PERSON, lambda c, p, w: _joined(p.emails) if p else "", "email", is_standard=True),
    Column("person_phone", N_("Phone"), PERSON, _phones(None, own=False), "phone", is_standard=True),
    Column("person_mobile", N_("Mobile"), PERSON, _phones(("mobile",), own=False), "phone", is_standard=True),
    Column("person_phone_private", N_("Telephone, private"), PERSON, _phones(("private",), own=False), "phone"),
    Column("person_fax", N_("Fax"), PERSON, _phones(("fax",), own=False), "phone"),
    Column("person_birthday", N_("Birthday"), PERSON, _person("birthday")),
    Column("person_salutation", N_("Salutation of one's own"), PERSON, _person("salutation")),
    Column("salutation_line", N_("Salutation line"), PERSON, _line, is_standard=True),
    Column("person_preferred_channel", N_("Preferred channel"), PERSON, _person("preferred_channel")),
)  # fmt: skip

COLUMNS = {column.code: column for column in _ALL}
GROUPS = (CUSTOMER, ADDRESS, PERSON)
STANDARD = tuple(column.code for column in _ALL if column.is_standard)
NOT_READ_BACK = (
    "number", "team", "more_websites", "created_on", "last_contact_on", "contact_due_on", "orders", "revenue", "last_order_on",
    "salutation_line",
)  # fmt: skip
"""What the program computes or gives out itself: a file for the import is without it."""
FOR_IMPORT = tuple(column.code for column in _ALL if column.code not in NOT_READ_BACK)


def _level(customer: CustomerRecord) -> str:
    return local_name(_Named(customer.level_de, customer.level_en))


@dataclass(frozen=True, slots=True)
class _Named:
    name_de: str
    name_en: str


def fitting(codes: Iterable[str], channel: str, attributes: Mapping[str, Column] | None = None) -> list[Column]:
    """The columns in the order of the catalogue, without those of ways that the purpose does not need; then the attributes
    among them."""
    hidden, wanted = hidden_parts(channel), set(codes)
    found = [*_ALL, *(attributes or {}).values()]
    return [column for column in found if column.code in wanted and column.part not in hidden]
