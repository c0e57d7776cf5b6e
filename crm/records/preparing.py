"""What writing a customer needs and the row alone decides: worked out where rows are parsed, beside the program that
writes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec

from crm.accounts.audit import as_stored
from crm.customers.actions import SORT_KEY_LENGTH, given, person_sort_key, recorded
from crm.customers.data import NewCustomer, PersonData, PrivatePersonData, Reach
from crm.customers.lists.search_text import search_words
from crm.records.same import Keys, person_key
from crm.text import fold, sort_key

Way = tuple[str, str]
"""An e-mail address, a telephone number or a website, and its kind."""


class PreparedPerson(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The person of a row; `told` is what the audit trail keeps of one at an organisation."""

    given_name: str
    family_name: str
    title: str
    form_of_address: str
    language: str
    birthday: date | None
    salutation: str
    preferred_channel: str
    function: str
    external_id: str
    emails: tuple[Way, ...]
    phones: tuple[Way, ...]
    told: dict[str, Any]


class Prepared(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One row as it is written. `words` is what the customer is found by, but for the number it will get; `told` what the
    audit trail keeps of it (JSON); `service_level` a code, empty for the company's usual one. The lists are complete, the
    first one first; `emails` and `phones` are those of an organisation, a private person's are the person's."""

    keys: Keys
    kind: str
    name: str
    sort_key: str
    words: tuple[str, ...]
    told: bytes
    status: str
    owner_id: int | None
    deputy_id: int | None
    service_level: str
    language: str
    brief: str
    origin: str
    website: str
    vat_id: str
    external_id: str | None
    no_automatic_answers: bool
    origin_code: str
    recommended_by: int | None
    parent_id: int | None
    team_id: int | None
    iban: str
    checked_on: date | None
    emails: tuple[Way, ...]
    phones: tuple[Way, ...]
    websites: tuple[Way, ...]
    addresses: tuple[tuple[str, str, str, str, str, str], ...]
    """Street, postcode, city, country, the line above the street, kind."""
    tags: tuple[str, ...]
    person: PreparedPerson | None


def prepare(customer: NewCustomer, *, person_external_id: str, fingerprint: int) -> Prepared:
    """All of it for one row."""
    mine, master = customer.organisation, customer.master
    person = _person(customer, person_external_id)
    emails, phones = (_ways(mine.all_emails), _ways(mine.all_phones)) if mine else ((), ())
    addresses = tuple((a.street, a.postcode, a.city, a.country, a.extra, a.kind) for a in master.all_addresses)
    website, *further = master.all_websites or (Reach(""),)
    name, key, data = _called(customer)
    return Prepared(
        _keys(customer, key, emails, phones, person, fingerprint, frozenset(one[1] for one in addresses if one[1])),
        customer.kind, name, key[:SORT_KEY_LENGTH], _words(name, master.tags, master.external_id, emails, phones, addresses, person),
        as_stored(recorded(data)), master.status, master.owner_id, master.deputy_id, master.service_level, master.language,
        master.brief, master.origin, website.value, master.vat_id, master.external_id, master.no_automatic_answers,
        master.origin_code, master.recommended_by, master.parent_id, master.team_id, master.iban, master.checked_on,
        emails, phones, _ways(further), addresses, master.tags, person,
    )  # fmt: skip


def _called(customer: NewCustomer) -> tuple[str, str, Any]:
    """The name, what it sorts by, and what the audit trail is told of."""
    if customer.organisation is not None:
        return customer.organisation.name, sort_key(customer.organisation.name), customer.organisation
    person = customer.person
    assert person is not None
    key = person_sort_key(person.given_name, person.family_name)
    return person.full_name, key, PrivatePersonData(person, customer.master)


def _person(customer: NewCustomer, external_id: str) -> PreparedPerson | None:
    person: PersonData | None = customer.person
    if person is None:
        return None
    return PreparedPerson(
        person.given_name, person.family_name, person.title, person.form_of_address, person.language, person.birthday,
        person.salutation, person.preferred_channel, person.function, external_id, _ways(person.all_emails),
        _ways(person.all_phones), given(person) if customer.organisation else {},
    )  # fmt: skip


def _keys(
    customer: NewCustomer, name_key: str, emails: tuple[Way, ...], phones: tuple[Way, ...], person: PreparedPerson | None,
    fingerprint: int, postcodes: frozenset[str],
) -> Keys:  # fmt: skip
    """What the row is looked up by."""
    mine, external_id = customer.organisation, customer.master.external_id or ""
    called = f"{person.given_name} {person.family_name}".strip() if person else ""
    if mine is None:
        assert person is not None
        return Keys(
            False, called, name_key, postcodes, external_id, _lower(person.emails), _values(person.phones),
            person_external_id=person.external_id or external_id, fingerprint=fingerprint,
        )  # fmt: skip
    own = (True, mine.name, name_key[:SORT_KEY_LENGTH], postcodes, external_id, _lower(emails), _values(phones))
    if person is None:
        return Keys(*own, fingerprint=fingerprint)
    return Keys(
        *own, person_key(person.given_name, person.family_name), called, _lower(person.emails), _values(person.phones),
        person.external_id, fingerprint,
    )  # fmt: skip


def _words(
    name: str, tags: Sequence[str], external_id: str | None, emails: tuple[Way, ...], phones: tuple[Way, ...],
    addresses: Iterable[tuple[str, ...]], person: PreparedPerson | None,
) -> tuple[str, ...]:  # fmt: skip
    """As `refresh_search_text` would find them in what is written: written at once, because a change would touch every
    index again."""
    return search_words(
        name,
        persons=[f"{person.given_name} {person.family_name}"] if person else (),
        emails=[value for value, _kind in (*emails, *(person.emails if person else ()))],
        phones=[value for value, _kind in (*phones, *(person.phones if person else ()))],
        places=[" ".join(filter(None, one[:3])) for one in addresses],
        tags=_in_order(tags),
        external_id=external_id,
    )


def _ways(reaches: Iterable[Reach]) -> tuple[Way, ...]:
    return tuple((one.value, one.kind) for one in reaches)


def _lower(ways: Iterable[Way]) -> frozenset[str]:
    return frozenset(value.lower() for value, _kind in ways)


def _values(ways: Iterable[Way]) -> frozenset[str]:
    return frozenset(value for value, _kind in ways)


def _in_order(tags: Sequence[str]) -> list[str]:
    """In the order of their keys, each word once."""
    return [name for _key, name in sorted({fold(name): name for name in reversed(tags)}.items())] if tags else []
