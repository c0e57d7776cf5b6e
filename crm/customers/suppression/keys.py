"""The keyed hashes that stand for an erased person's addresses: pure functions, the same for writing and asking."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import NamedTuple

from crm.customers.suppression.tables import KeyKind
from crm.text import fold

SIGNIFICANT = 9
"""So many last digits tell a number from others, however its country and its zero are written."""


class Key(NamedTuple):
    kind: KeyKind
    key: str


def email_key(secret: bytes, address: str) -> Key | None:
    """The key of an e-mail address, whatever its capital letters; None for what is none."""
    plain = address.strip().casefold()
    return _key(secret, KeyKind.EMAIL, plain) if "@" in plain else None


def phone_key(secret: bytes, number: str) -> Key | None:
    """The key of a telephone number by its last digits; None if it has too few to tell it from others."""
    digits = re.sub(r"\D", "", number)
    return _key(secret, KeyKind.PHONE, digits[-SIGNIFICANT:]) if len(digits) >= 6 else None


def postal_key(secret: bytes, name: str, postcode: str) -> Key | None:
    """The key of a name with its postcode, in any order of the name's words; None if either is missing."""
    words, code = sorted(set(fold(name).split())), re.sub(r"\W", "", postcode).casefold()
    return _key(secret, KeyKind.POSTAL, " ".join([*words, code])) if words and code else None


def employee_key(secret: bytes, name: str, organisation: str) -> Key | None:
    """The key of a name with the name of the organisation where they work, in any order of the words; None if either is missing."""
    words, place = sorted(set(fold(name).split())), sorted(set(fold(organisation).split()))
    return _key(secret, KeyKind.EMPLOYEE, f"{' '.join(words)} at {' '.join(place)}") if words and place else None


def keys_of(
    secret: bytes,
    *,
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    names: Iterable[str] = (),
    postcodes: Iterable[str] = (),
    organisations: Iterable[str] = (),
) -> frozenset[Key]:
    """All keys of what is known about somebody; `organisations` are the names of those where they work."""
    found = [email_key(secret, one) for one in emails]
    found += [phone_key(secret, one) for one in phones]
    called, places = list(names), list(organisations)
    found += [postal_key(secret, name, code) for code in postcodes for name in called]
    found += [employee_key(secret, name, place) for place in places for name in called]
    return frozenset(one for one in found if one is not None)


def _key(secret: bytes, kind: KeyKind, value: str) -> Key:
    """HMAC-SHA-256 (RFC 2104): without the house's secret nobody can try addresses out on a copy of the table."""
    return Key(kind, hmac.new(secret, f"erased {kind} {value}".encode(), hashlib.sha256).hexdigest())
