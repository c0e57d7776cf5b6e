"""vCards, version 4.0 (RFC 6350) and 3.0 (RFC 2426, which older telephones and Outlook read): one for each person, and one for
an organisation of which no person is told."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

from crm.records.cells import phone_text
from crm.records.export_reading import CustomerRecord, PersonRecord, Place, Reached

LINE = 75
"""Bytes of a line at most; a longer one is folded (RFC 6350, 3.2)."""
NAMESPACE = uuid.UUID("6f1d9d52-8f5c-4b0e-9a53-2b6a35c5a1c4")
_EMAIL_TYPES = {"work": "work", "private": "home"}
_PHONE_TYPES = {"work": "work,voice", "mobile": "cell", "private": "home,voice", "fax": "fax"}
_PLACE_TYPES = {"private": "home"}


class VcardWriter:
    """A file of vCards, written one after the other."""

    def __init__(self, path: Path, *, version: str, house: str) -> None:
        """`house` tells this installation from others, so that a person keeps their UID with us and nowhere else."""
        self.version, self.house = version, house
        self._file = path.open("w", encoding="utf-8", newline="")

    def add(self, customers: Sequence[CustomerRecord]) -> int:
        cards = [card for customer in customers for card in cards_of(customer, version=self.version, house=self.house)]
        self._file.write("".join(cards))
        return len(cards)

    def close(self) -> None:
        self._file.close()


def cards_of(customer: CustomerRecord, *, version: str, house: str) -> list[str]:
    """The cards of a customer: its persons, or the organisation itself where there is none."""
    if customer.persons:
        return [vcard(customer, person, version=version, house=house) for person in customer.persons]
    return [vcard(customer, None, version=version, house=house)]


def vcard(customer: CustomerRecord, person: PersonRecord | None, *, version: str, house: str) -> str:
    """One card. `version` is "4.0" or "3.0"."""
    is_new = version == "4.0"
    is_firm = customer.kind == "organisation"
    lines = ["BEGIN:VCARD", f"VERSION:{version}"]
    subject = f"person {person.id}" if person else f"customer {customer.id}"
    uid = uuid.uuid5(NAMESPACE, f"{house} {subject}")
    if is_new:
        lines.append(f"KIND:{'individual' if person else 'org'}")
    lines.append(f"UID:{'urn:uuid:' if is_new else ''}{uid}")
    lines += _name(customer, person)
    if is_firm:
        lines.append(f"ORG:{_escaped(customer.name)}")
    if not person and not is_new:
        lines.append("X-ABSHOWAS:COMPANY")
    if person and person.function:
        lines.append(f"TITLE:{_escaped(person.function)}")
    whom = person if person is not None else customer
    lines += _emails(whom.emails, is_new)
    phones = [*whom.phones, *(customer.phones if person and not person.phones else [])]
    lines += _phones(phones, is_new)
    lines += [_address(place, is_new, is_firm) for place in customer.addresses]
    if customer.website:
        lines.append(f"URL:{customer.website}")
    if person and person.birthday:
        lines.append(f"BDAY:{person.birthday:%Y%m%d}" if is_new else f"BDAY:{person.birthday.isoformat()}")
    if is_new:
        lines.append(f"LANG:{person.language if person else customer.language}")
    if customer.tags:
        lines.append("CATEGORIES:" + ",".join(_escaped(tag) for tag in customer.tags))
    lines.append("END:VCARD")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _name(customer: CustomerRecord, person: PersonRecord | None) -> list[str]:
    if person is None:
        return [f"FN:{_escaped(customer.name)}", f"N:{_escaped(customer.name)};;;;"]
    parts = (person.family_name, person.given_name, "", person.title, "")
    whole = " ".join(filter(None, (person.title, person.given_name, person.family_name)))
    return [f"FN:{_escaped(whole)}", "N:" + ";".join(_escaped(part) for part in parts)]


def _emails(emails: Iterable[Reached], is_new: bool) -> list[str]:
    lines = []
    for place, one in enumerate(emails):
        kind = _EMAIL_TYPES.get(one.kind, "")
        if is_new:
            parameters = [f"TYPE={kind}"] if kind else []
            parameters += ["PREF=1"] if place == 0 else []
        else:
            parameters = ["TYPE=" + ",".join(filter(None, ("INTERNET", kind.upper(), "PREF" if place == 0 else "")))]
        lines.append(";".join(["EMAIL", *parameters]) + f":{_escaped(one.value)}")
    return lines


def _phones(phones: Iterable[Reached], is_new: bool) -> list[str]:
    lines = []
    for one in phones:
        kinds = _PHONE_TYPES.get(one.kind, "voice")
        if is_new:  # a list of types is quoted, its value is a link (RFC 6350, 6.4.1; RFC 3966)
            number = phone_text(one.value).replace(" ", "-")
            lines.append(f'TEL;VALUE=uri;TYPE="{kinds}":tel:{number}')
        else:
            lines.append(f"TEL;TYPE={kinds.upper()}:{phone_text(one.value)}")
    return lines


def _address(place: Place, is_new: bool, is_firm: bool) -> str:
    kind = _PLACE_TYPES.get(place.kind, "work" if is_firm else "home")
    parts = ("", place.extra, place.street, place.city, "", place.postcode, place.country)
    return f"ADR;TYPE={kind if is_new else kind.upper()}:" + ";".join(_escaped(part) for part in parts)


def _escaped(text: str) -> str:
    plain = "".join(each for each in text.replace("\r\n", "\n").replace("\r", "\n") if each >= " " or each == "\n")
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Folded by bytes, never within a letter: the rest of a line begins with a blank."""
    if len(line.encode()) <= LINE:
        return line
    parts, current, size = [], "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > LINE:
            parts.append(current)
            current, size = " ", 1
        current += letter
        size += width
    return "\r\n".join([*parts, current])
