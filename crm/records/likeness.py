"""Are these two the same customer? The pure rule: two portraits in, a score from 0 to 1 and its reasons as codes out.

It adds up evidence as Fellegi and Sunter (1969) do: each comparison that agrees or disagrees adds a weight (the logarithm of how
much likelier it is among duplicates than among strangers), and the logistic function makes the sum a score. What the sum must not
overrule stands apart: other given names under one roof are a family, one firm name at two addresses is a chain.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rapidfuzz.distance import OSA, Hamming

from crm.customers.tables import CustomerKind
from crm.records.firm_names import FirmMatch, compare_firms
from crm.records.name_forms import core_of, street_of
from crm.records.person_names import family_match, given_match
from crm.text import fold

LIKELY = 0.5
"""From here on a pair is shown."""

FREE_MAIL = frozenset({
    "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "t-online.de", "gmail.com", "googlemail.com", "freenet.de", "posteo.de",
    "outlook.de", "outlook.com", "hotmail.de", "hotmail.com", "live.de", "yahoo.de", "yahoo.com", "icloud.com", "me.com",
    "mailbox.org", "aol.com", "arcor.de", "bluewin.ch", "a1.net", "chello.at",
})  # fmt: skip
"""Providers whose domain says nothing about who somebody is."""

PRIOR = -7.0
FAMILY = {"family_same": 3.0, "family_similar": 2.4, "family_sounds": 2.4, "family_part": 2.0, "": -4.5}
GIVEN = {
    "given_same": 2.5,
    "given_nickname": 2.2,
    "given_part": 2.2,
    "given_similar": 2.0,
    "given_sounds": 1.8,
    "given_initial": 0.8,
    "given_missing": 0.0,
}
SWAPPED = 5.0
MARRIED = 3.3
"""What another family name weighs less where the given name and two of birthday, e-mail, phone and address are the same: people
marry."""
BIRTHDAY = {"birthday_same": 4.0, "birthday_near": 2.4, "birthday_other": -5.5, "": 0.0}
EMAIL = {"email_same": 4.0, "email_near": 2.0, "email_domain": 0.6, "email_other": -0.3, "": 0.0}
PHONE = {"phone_same": 3.6, "phone_near": 2.4, "phone_other": -0.4, "": 0.0}
ADDRESS = {
    "address_same": 3.0,
    "address_near": 1.2,
    "town_same": 0.6,
    "place_same": 0.2,
    "address_other": -0.9,
    "": 0.0,
}
FIRM = {"name_same": 5.0, "name_similar": 4.0, "name_part": 3.8, "": -9.0}
FIRM_ADDRESS = {
    "address_same": 4.1,
    "address_near": 1.0,
    "town_same": 0.4,
    "place_same": -0.3,
    "address_other": -2.4,
    "": 0.0,
}
FIRM_EMAIL = {"email_same": 3.4, "email_near": 2.0, "email_domain": 1.6, "email_other": -0.9, "": 0.0}
FIRM_PHONE = {"phone_same": 4.6, "phone_near": 2.0, "phone_other": -1.0, "": 0.0}


@dataclass(frozen=True, slots=True)
class Place:
    """A postal address as it is compared: the street without its number, both folded."""

    street: str
    number: str
    postcode: str
    city: str


@dataclass(frozen=True, slots=True)
class Portrait:
    """A customer as the rule sees it: everything folded, nothing that needs looking up. Phones are E.164."""

    kind: str
    given: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    core: tuple[str, ...] = ()
    form: str = ""
    birthday: date | None = None
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    places: tuple[Place, ...] = ()
    domains: frozenset[str] = frozenset()
    vat_id: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How sure it is (0 to 1) that two customers are one, and why: what speaks for it first, what against it after."""

    score: float
    reasons: tuple[str, ...] = ()

    @property
    def is_likely(self) -> bool:
        return self.score >= LIKELY


def portrait(
    kind: str, *, name: str = "", given_name: str = "", family_name: str = "", birthday: date | None = None,
    emails: Iterable[str] = (), phones: Iterable[str] = (), places: Iterable[tuple[str, str, str]] = (), website: str = "",
    vat_id: str = "",
) -> Portrait:  # fmt: skip
    """The portrait of a customer as it is stored; `places` are street, postcode and town."""
    addresses = frozenset(address.strip().lower() for address in emails if address)
    addresses_at = tuple(_place(street, code, city) for street, code, city in places if street or code or city)
    core, form = core_of(name) if kind == CustomerKind.ORGANISATION else ((), "")
    vat = fold(vat_id).replace(" ", "").upper() if vat_id else ""
    given, family = tuple(_folded(given_name).split()), tuple(_folded(family_name).split())
    return Portrait(
        kind, given, family, core, form, birthday, addresses, frozenset(filter(None, phones)), addresses_at,
        _domains(addresses, website), vat,
    )  # fmt: skip


_folded = lru_cache(maxsize=20_000)(fold)
"""Given names, family names, towns: most of them come again and again."""


def _place(street: str, postcode: str, city: str) -> Place:
    name, number = street_of(street)
    return Place(name, number, _folded(postcode).replace(" ", ""), _folded(city))


def likeness(one: Portrait, other: Portrait) -> Likeness:
    """How like each other two customers are. An organisation and a private person are never one customer: the person may own it."""
    if one.kind != other.kind:
        return Likeness(0.0)
    return _firms(one, other) if one.kind == CustomerKind.ORGANISATION else _people(one, other)


def _people(one: Portrait, other: Portrait) -> Likeness:
    birthday = _birthday(one.birthday, other.birthday)
    names, codes, is_stranger = _names(one, other)
    if is_stranger and not (birthday == "birthday_same" and one.emails & other.emails):
        return Likeness(0.0, ("given_other",))
    email, phone, address = _email(one, other), _phone(one.phones, other.phones), _address(one.places, other.places)
    if "family_other" in codes and "given_same" in codes and len(_PROOF & {birthday, email, phone, address}) >= 2:
        names += MARRIED
    weight = PRIOR + names + BIRTHDAY[birthday] + EMAIL[email] + PHONE[phone] + ADDRESS[address]
    if {birthday, email, phone, address}.isdisjoint(_TELLING):
        weight = min(weight, -0.5)  # people are called alike: a name alone proves nothing
    return _scored(weight, (*codes, birthday, email, phone, address))


_PROOF = frozenset({"birthday_same", "email_same", "phone_same", "address_same"})
_TELLING = frozenset({*_PROOF, "email_near", "phone_near", "birthday_near"})


def _names(one: Portrait, other: Portrait) -> tuple[float, tuple[str, ...], bool]:
    """Weight and reasons of two people's names; and whether the given names are those of two people."""
    given, family = given_match(one.given, other.given), family_match(one.family, other.family)
    if not given or not family:
        crossed = given_match(one.given, other.family), given_match(other.given, one.family)
        if (family_match(one.given, other.family) or crossed[0] not in ("", "given_missing")) and (
            family_match(other.given, one.family) or crossed[1] not in ("", "given_missing")
        ):
            return SWAPPED, ("names_swapped",), False
    if not given:
        return -3.0 + FAMILY[family], (family,) if family else (), True
    return (
        GIVEN[given] + FAMILY[family],
        tuple(filter(None, (family or "family_other", given if given != "given_missing" else ""))),
        False,
    )


def _birthday(one: date | None, other: date | None) -> str:
    if one is None or other is None:
        return ""
    if one == other:
        return "birthday_same"
    if one.year == other.year and one.day == other.month and one.month == other.day:
        return "birthday_near"
    if (one.month, one.day) == (other.month, other.day):
        return "birthday_near" if abs(one.year - other.year) in (1, 2, 9, 10, 11) else "birthday_other"
    is_slip = one.year == other.year and OSA.distance(one.isoformat(), other.isoformat(), score_cutoff=1) == 1
    return "birthday_near" if is_slip else "birthday_other"


def _email(one: Portrait, other: Portrait) -> str:
    if one.emails & other.emails:
        return "email_same"
    for first in one.emails:
        for second in other.emails:
            if (
                abs(len(first) - len(second)) < 2
                and first[0] == second[0]
                and OSA.distance(first, second, score_cutoff=1) <= 1
            ):
                return "email_near"
    if one.domains & other.domains:
        return "email_domain"
    return "email_other" if (one.emails and other.emails) or (one.domains and other.domains) else ""


def _domains(emails: frozenset[str], website: str) -> frozenset[str]:
    """The domains that belong to the customer: of e-mail addresses, but for those of the big providers, and of the website."""
    site = website.lower().partition("://")[2] or website.lower()
    site = site.partition("/")[0].removeprefix("www.")
    return frozenset({*(address.rpartition("@")[2] for address in emails), site} - FREE_MAIL - {""})


def _phone(one: frozenset[str], other: frozenset[str]) -> str:
    if not one or not other:
        return ""
    if one & other:
        return "phone_same"
    near = any(
        len(a) == len(b) and Hamming.distance(a, b, score_cutoff=1) <= 1 and a[:-1] != b[:-1]
        for a in one
        for b in other
    )
    return (
        "phone_near"
        if near or any(OSA.distance(a, b, score_cutoff=1) <= 1 and a[:-1] == b[:-1] for a in one for b in other)
        else "phone_other"
    )


_ADDRESS_ORDER = ("address_same", "address_near", "town_same", "place_same", "address_other")


def _address(one: tuple[Place, ...], other: tuple[Place, ...]) -> str:
    """The best that any two addresses of both agree."""
    if not one or not other:
        return ""
    if len(one) == len(other) == 1:
        return _places(one[0], other[0])
    return min((_places(a, b) for a in one for b in other), key=lambda code: _ADDRESS_ORDER.index(code) if code else 9)


def _places(one: Place, other: Place) -> str:
    is_town = bool(one.postcode and one.postcode == other.postcode) or bool(one.city and one.city == other.city)
    if not (one.street and other.street):
        return "town_same" if is_town else ("address_other" if one.city and other.city else "")
    if is_town and _is_street(one.street, other.street):
        return "address_same" if one.number == other.number else "address_near"
    return "place_same" if is_town else "address_other"


def _is_street(one: str, other: str) -> bool:
    most = max(2, min(len(one), len(other)) // 5)
    return one == other or (len(one) > 5 and OSA.distance(one, other, score_cutoff=most) <= most)


def _firms(one: Portrait, other: Portrait) -> Likeness:
    """Two organisations. The name must fit; at another address only the same telephone or e-mail says that it is not a branch."""
    towns = {place.city for place in (*one.places, *other.places)}
    match = compare_firms(one.core, other.core, towns)
    if match is FirmMatch.OTHER:
        return Likeness(0.0, ("name_other",))
    code = match.value
    email, phone, address = _email(one, other), _phone(one.phones, other.phones), _address(one.places, other.places)
    weight = PRIOR + FIRM[code] + FIRM_EMAIL[email] + FIRM_PHONE[phone] + FIRM_ADDRESS[address]
    codes = [code, email, phone, address]
    if one.form and other.form and one.form != other.form and not (one.form in other.form or other.form in one.form):
        weight -= 1.0
        codes.append("form_other")
    if one.vat_id and other.vat_id:
        weight += 1.0 if one.vat_id == other.vat_id else -3.0
        codes.append("vat_same" if one.vat_id == other.vat_id else "vat_other")
    if address == "address_other" and phone == "phone_other":
        weight = min(weight, -1.0)  # a branch, whatever else they share
        codes.append("branch")
    return _scored(weight, codes)


def _scored(weight: float, codes: Iterable[str]) -> Likeness:
    return Likeness(round(1 / (1 + math.exp(-weight)), 4), tuple(code for code in codes if code))
