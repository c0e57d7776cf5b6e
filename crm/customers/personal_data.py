"""What of a customer's record is personal data (GDPR Art. 4 (1)) and what is data of a legal person (recital 14)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm.customers.tables import AddressKind, CustomerKind, EmailKind, PhoneKind
from crm.text import fold

_SHARED_MAILBOX = re.compile(
    r"(info|infos|kontakt|contact|office|buero|post|mail|email|service|kundenservice|support|hilfe|help|helpdesk|hotline|"
    r"vertrieb|verkauf|sales|einkauf|purchasing|buchhaltung|accounting|rechnung(en)?|invoices?|billing|finance|bestellung(en)?|"
    r"orders?|auftrag|auftraege|team|hallo|hello|zentrale|empfang|rezeption|reception|presse|press|marketing|werbung|"
    r"bewerbung(en)?|jobs|karriere|career|personal|hr|datenschutz|privacy|dsb|admin|webmaster|postmaster|sekretariat|"
    r"verwaltung|praxis|kanzlei|werkstatt|lager|logistik|versand|technik|it|edv|shop|newsletter|no-?reply|anfragen?|angebote?|"
    r"termine?|reservierung|booking)([-_.]?\d*)",
    re.IGNORECASE,
)
"""Mailboxes of a function, which tell of no person whoever reads them."""

_PERSON_BEHIND = re.compile(r"\b(e\.?\s?k(fm|fr)?\.?|gbr|einzelunternehmen|inh(aber(in)?)?\.?)(?=\W|$)", re.IGNORECASE)
"""Firms that are people: a sole trader's (HGB § 19) and a partnership under the civil code carry their owners' names."""

DIRECT_PHONES = frozenset({PhoneKind.MOBILE, PhoneKind.PRIVATE})


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the record: the field, the value where there are several, and whether it is personal; `why` is a code."""

    field: str
    value: str
    is_personal: bool
    why: str


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What the rule looks at. E-mail addresses and telephone numbers of the customer itself (not of the persons there) and
    postal addresses come with their kind; `filled` names the other fields that hold something."""

    kind: str
    name: str
    persons: Sequence[str] = ()
    emails: Sequence[tuple[str, str]] = ()
    phones: Sequence[tuple[str, str]] = ()
    addresses: Sequence[tuple[str, str]] = ()
    brief: str = ""
    filled: Sequence[str] = ()


def personal_parts(record: RecordFacts) -> tuple[Part, ...]:
    """Each part of the record and whether it is personal data.

    All of a private person's record is. Of a legal person's it is only what tells of a human being: the people there, a
    mailbox with a name, a direct number, a private address, a brief that names somebody. A sole trader or a civil-law
    partnership is its owners, so there it is everything. In doubt it is personal."""
    everything = _whole_record(record)
    parts = [
        _part("name", record.name, everything, False, "company_name"),
        *(_part("addresses", text, everything, kind == AddressKind.PRIVATE, "private_address") for text, kind in record.addresses),
        *(_part("emails", email, everything, is_named_mailbox(email, kind), "named_mailbox") for email, kind in record.emails),
        *(_part("phones", number, everything, kind in DIRECT_PHONES, "direct_number") for number, kind in record.phones),
        *(Part("persons", person, True, "human") for person in record.persons),
    ]  # fmt: skip
    if record.brief:
        parts.append(_part("brief", "", everything, _names_somebody(record.brief, record.persons), "names_somebody"))
    parts += [_part(field, "", everything, False, "company_data") for field in record.filled]
    return tuple(parts)


def is_named_mailbox(email: str, kind: str = "") -> bool:
    """Whether an address of a company tells of a person: not info@ or rechnung@, but anna.groessmann@, and in doubt."""
    local = email.partition("@")[0].replace("ü", "ue").replace("ä", "ae").replace("ö", "oe")
    return kind == EmailKind.PRIVATE or _SHARED_MAILBOX.fullmatch(local) is None


def _whole_record(record: RecordFacts) -> str:
    """Why all of the record is personal, or nothing."""
    if record.kind == CustomerKind.PERSON:
        return "private_person"
    return "owner_is_firm" if _PERSON_BEHIND.search(record.name) else ""


def _part(field: str, value: str, everything: str, is_personal: bool, why: str) -> Part:
    if everything:
        return Part(field, value, True, everything)
    return Part(field, value, is_personal, why if is_personal else "company_data")


def _names_somebody(text: str, persons: Iterable[str]) -> bool:
    """Whether a text has the family name (the last word) of one of the persons in it."""
    words = set(fold(text).split())
    return any(fold(person.split()[-1]) in words for person in persons if person.split())
