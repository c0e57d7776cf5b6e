"""Reads what a customer or a person has several of: e-mail addresses, telephone numbers, websites, addresses, tags.

A list comes as the API sends it (texts, or objects with a kind), as the numbered fields of a form (`phones-0-value`,
`phones-0-kind`, ...), or as one text with a semicolon or a new line between two (a cell of a file)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from crm.customers.data import Address, Reach, plain_first
from crm.customers.tables import AddressKind, EmailKind, PhoneKind, WebKind
from crm.customers.values import country, postcode, website
from crm.text import fold
from crm.web.forms import Fields
from crm.web.i18n import _

MOST = 20
"""So many of one sort a customer may have."""
MOST_TAGS = 50
TAG_LENGTH = 60

_VALUE_NAMES = ("value", "address", "number", "url")
_BETWEEN = re.compile(r"[;\n]")
_EMAIL_KINDS, _PHONE_KINDS, _WEB_KINDS, _ADDRESS_KINDS = (
    frozenset((*kinds, "")) for kinds in (EmailKind, PhoneKind, WebKind, AddressKind)
)


def is_sent(fields: Fields, name: str) -> bool:
    """Whether a list of this name came along, be it empty."""
    return name in fields.values or any(key.startswith(f"{name}-") for key in fields.values)


def emails(fields: Fields, name: str = "emails") -> tuple[Reach, ...]:
    return _reaches(fields, name, _EMAIL_KINDS, lambda one: one.email("value"))


def phones(fields: Fields, region: str, name: str = "phones") -> tuple[Reach, ...]:
    """Telephone numbers as E.164; those without a country code are the region's."""
    return _reaches(fields, name, _PHONE_KINDS, lambda one: one.phone("value", region))


def websites(fields: Fields, name: str = "websites") -> tuple[Reach, ...]:
    return plain_first(_reaches(fields, name, _WEB_KINDS, lambda one: website(one, "value")))


def addresses(fields: Fields, name: str = "addresses") -> tuple[Address, ...]:
    """Postal addresses; one without street, postcode and city is none."""
    found = []
    for place, row in _rows(fields, name):
        one = Fields(row if isinstance(row, Mapping) else {"street": str(row)})
        where = country(one)
        address = Address(
            one.text("street", limit=200), postcode(one, where), one.text("city", limit=120), where,
            one.text("extra", limit=200), one.one_of("kind", _ADDRESS_KINDS),
        )  # fmt: skip
        if address:
            _pass_on(fields, name, place, one)
            found.append(address)
    return tuple(dict.fromkeys(found))


def tags(fields: Fields, name: str = "tags") -> tuple[str, ...]:
    """Words, each once, whatever the spelling; in a form with commas between them."""
    sent = fields.values.get(name) or ()
    words = re.split(r"[,;\n]", sent) if isinstance(sent, str) else sent
    if not isinstance(words, (list, tuple)):
        fields.error(name, _("Send a list."))
        return ()
    found: dict[str, str] = {}
    for word in words:
        one = Fields({"value": word if isinstance(word, str) else ""})
        value = one.text("value", limit=TAG_LENGTH)
        if value and not fold(value):
            one.error("value", _("A tag needs a letter or a digit."))
        if value:
            found.setdefault(fold(value), value)
        for sentence in one.errors.values():
            fields.error(name, f"“{value[:40]}”: {sentence}")
    if len(found) > MOST_TAGS:
        fields.error(name, _("At most %(most)s fit.") % {"most": MOST_TAGS})
    return tuple(found.values())


def _reaches(fields: Fields, name: str, kinds: frozenset[str], read: Callable[[Fields], str]) -> tuple[Reach, ...]:
    if fields.values.get(name) == ():
        return ()
    found: dict[str, Reach] = {}
    for place, row in _rows(fields, name):
        one = Fields(_as_value(row))
        value, kind = read(one), one.one_of("kind", kinds)
        if value:
            _pass_on(fields, name, place, one)
            found.setdefault(value, Reach(value, kind))
    return tuple(found.values())


def _as_value(row: Any) -> dict[str, Any]:
    """One row with its value under the one name, however it was called."""
    if not isinstance(row, Mapping):
        return {"value": row}
    value = next((row[name] for name in _VALUE_NAMES if row.get(name)), "")
    return {"value": value, "kind": row.get("kind") or ""}


def _rows(fields: Fields, name: str) -> list[tuple[int | None, Any]]:
    """The rows of a list in their order, each with its number where the fields of a form are numbered."""
    sent = fields.values.get(name)
    if sent == ():
        return []
    if isinstance(sent, str):
        sent = [part for part in _BETWEEN.split(sent) if part.strip()]
    if sent is not None and not isinstance(sent, (list, tuple)):
        fields.error(name, _("Send a list."))
        return []
    rows: list[tuple[int | None, Any]] = [(None, row) for row in sent or ()]
    if sent is None:
        rows = list(_numbered(fields, name).items())
    if len(rows) > MOST:
        fields.error(name, _("At most %(most)s fit.") % {"most": MOST})
    return rows[:MOST]


def _numbered(fields: Fields, name: str) -> dict[int | None, dict[str, Any]]:
    rows: dict[int | None, dict[str, Any]] = {}
    for key, value in fields.values.items():
        found = re.fullmatch(rf"{name}-(\d{{1,2}})-([a-z]+)", key)
        if found is not None:
            rows.setdefault(int(found[1]), {})[found[2]] = value
    return dict(sorted(rows.items()))


def _pass_on(fields: Fields, name: str, place: int | None, one: Fields) -> None:
    """The errors of one row: beside its own field in a form, else under the list's name with what was sent."""
    for field, sentence in one.errors.items():
        if place is not None:
            fields.error(f"{name}-{place}-{field}", sentence)
        else:
            fields.error(name, f"“{str(one.values.get(field, ''))[:40]}”: {sentence}")
