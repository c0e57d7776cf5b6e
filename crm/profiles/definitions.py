"""An attribute as the catalogue defines it, and reading a value of it: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from crm.accounts.permissions import Role
from crm.profiles.tables import About, AttributeKind, RetentionUnit, ValueType
from crm.web.formats import num, short_date
from crm.web.forms import FIRST_YEAR, LAST_YEAR
from crm.web.i18n import N_, _, language

Raw = str | int | float | bool | None

LONGEST_TEXT = 2000
LARGEST_NUMBER = Decimal(10) ** 12
PLACES = Decimal("0.0001")
YES = frozenset({"yes", "ja", "true", "wahr", "1", "x", "j", "y"})
NO = frozenset({"no", "nein", "false", "falsch", "0", "n"})
_GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|[\ud800-\udfff]")


class Unreadable(ValueError):
    """A value that does not fit its attribute; the sentence says what fits."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of an attribute that is chosen."""

    code: str
    name_de: str
    name_en: str
    is_retired: bool = False

    @property
    def name(self) -> str:
        return self.name_de if language.get() == "de" else self.name_en


@dataclass(frozen=True, slots=True)
class Definition:
    """One attribute of the catalogue. `roles` is empty for all staff."""

    id: int
    code: str
    name_de: str
    name_en: str
    data_type: ValueType
    purpose: str
    legal_basis: str
    about: About = About.PERSON
    kind: AttributeKind = AttributeKind.SOCIO_DEMOGRAPHIC
    hint_de: str = ""
    hint_en: str = ""
    basis_note: str = ""
    retention: int = 24
    retention_unit: RetentionUnit = RetentionUnit.MONTHS
    roles: frozenset[str] = frozenset()
    is_special: bool = False
    is_retired: bool = False
    purpose_de: str = ""
    purpose_en: str = ""
    choices: tuple[Choice, ...] = ()
    values: int = 0
    version: int = 1

    @property
    def name(self) -> str:
        return self.name_de if language.get() == "de" else self.name_en

    @property
    def hint(self) -> str:
        return self.hint_de if language.get() == "de" else self.hint_en

    @property
    def purpose_name(self) -> str:
        return (self.purpose_de if language.get() == "de" else self.purpose_en) or self.purpose

    def is_visible_to(self, role: Role) -> bool:
        return not self.roles or role.value in self.roles

    def describes(self, *, organisation: bool) -> bool:
        """Whether it can be kept about an organisation itself, or else about a person."""
        return self.about is not (About.PERSON if organisation else About.ORGANISATION)


@dataclass(frozen=True, slots=True)
class Value:
    """A value in the column of its type; exactly one is not None."""

    text: str | None = None
    number: Decimal | None = None
    on_date: date | None = None
    flag: bool | None = None

    @classmethod
    def of(cls, row: Any) -> Value:
        return cls(row.text, row.number, row.on_date, row.flag)

    @property
    def plain(self) -> str | float | int | bool | None:
        """As JSON has it: a number as a number, a date as ISO 8601."""
        if self.number is not None:
            return int(self.number) if self.number == self.number.to_integral_value() else float(self.number)
        if self.on_date is not None:
            return self.on_date.isoformat()
        return self.flag if self.flag is not None else self.text

    @property
    def typed(self) -> str:
        """As it stands in a form's field."""
        if self.flag is not None:
            return "yes" if self.flag else "no"
        if self.number is not None:
            text = format(self.number.normalize(), "f")
            return text.replace(".", ",") if language.get() == "de" else text
        return str(self.plain if self.plain is not None else "")

    def shown(self, definition: Definition) -> str:
        """As a person reads it, in the language of the moment."""
        if self.flag is not None:
            return _("yes") if self.flag else _("no")
        if self.on_date is not None:
            return short_date(self.on_date)
        if self.number is not None:
            exponent = self.number.normalize().as_tuple().exponent
            places = max(0, -exponent) if isinstance(exponent, int) else 0
            return num(self.number, places) if places else num(int(self.number))
        if definition.data_type is ValueType.CHOICE:
            names = {choice.code: choice.name for choice in definition.choices}
            return names.get(self.text or "", self.text or "")
        return self.text or ""


def read_value(definition: Definition, raw: Raw) -> Value:
    """What was typed, sent or imported, as a value of this attribute. Raises Unreadable."""
    text = "" if raw is None else str(raw).strip()
    if not text:
        raise Unreadable(_("Please fill this in."))
    match definition.data_type:
        case ValueType.TEXT:
            return Value(text=_text(text))
        case ValueType.NUMBER:
            return Value(number=_number(raw))
        case ValueType.DATE:
            return Value(on_date=_date(text))
        case ValueType.YES_NO:
            return Value(flag=_flag(text))
        case ValueType.CHOICE:
            return Value(text=_choice(definition, text))


def _text(text: str) -> str:
    clean = _CONTROL.sub("", text.replace("\r\n", "\n"))
    if len(clean) > LONGEST_TEXT:
        words = {"n": len(clean), "limit": LONGEST_TEXT}
        raise Unreadable(_("That is %(n)s characters; at most %(limit)s fit.") % words)
    if not clean.strip():
        raise Unreadable(_("Please fill this in."))
    return clean


def _number(raw: Raw) -> Decimal:
    """A number as JSON has it, or as people write it: 1.234,5 and 1234.5; a point with three digits behind it groups
    thousands where the reader's language is German."""
    text = str(raw).strip().replace(" ", "").replace("\u00a0", "").replace("−", "-")
    if isinstance(raw, str):
        if "," in text and (language.get() == "de" or "." not in text):
            text = text.replace(".", "").replace(",", ".")
        elif language.get() == "de" and _GROUPED.fullmatch(text):
            text = text.replace(".", "")
        else:
            text = text.replace(",", "")
    try:
        number = Decimal(text) if len(text) <= 40 and not isinstance(raw, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= LARGEST_NUMBER:
        raise Unreadable(_("Please enter a number such as 1,250."))
    return number.quantize(PLACES)


def _date(text: str) -> date:
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            found = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if FIRST_YEAR <= found.year <= LAST_YEAR:
            return found
    raise Unreadable(_("Please enter a date such as 30.11.2026."))


def _flag(text: str) -> bool:
    folded = text.casefold()
    if folded in YES or folded in NO:
        return folded in YES
    raise Unreadable(_("Please answer yes or no."))


def _choice(definition: Definition, text: str) -> str:
    folded = text.casefold()
    offered = [choice for choice in definition.choices if not choice.is_retired]
    for choice in offered:
        if folded in (choice.code.casefold(), choice.name_de.casefold(), choice.name_en.casefold()):
            return choice.code
    words = {"value": text[:40], "options": ", ".join(choice.name for choice in offered)}
    raise Unreadable(_("“%(value)s” is none of: %(options)s.") % words)


KINDS: Mapping[str, str] = {
    AttributeKind.SOCIO_DEMOGRAPHIC: N_("Socio-demographic"),
    AttributeKind.BEHAVIOURAL: N_("Behavioural"),
    AttributeKind.PSYCHOGRAPHIC: N_("Psychographic"),
    AttributeKind.DERIVED: N_("Derived"),
}
TYPES: Mapping[str, str] = {
    ValueType.TEXT: N_("Text"),
    ValueType.NUMBER: N_("Figure"),
    ValueType.DATE: N_("Date"),
    ValueType.CHOICE: N_("Choice"),
    ValueType.YES_NO: N_("Yes or no"),
}
ABOUT: Mapping[str, str] = {
    About.PERSON: N_("Persons"),
    About.ORGANISATION: N_("Organisations"),
    About.BOTH: N_("Both"),
}
UNITS: Mapping[str, str] = {RetentionUnit.DAYS: N_("Days"), RetentionUnit.MONTHS: N_("Months")}
