"""What a customer's row says when it is looked at: the ways to reach them, what is missing, what of it is personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.customers.data import Reach, full_name
from crm.customers.freshness import Check, check_of
from crm.customers.personal_data import Part, RecordFacts, personal_parts
from crm.customers.salutation import salutation
from crm.database import Row, decoded


@dataclass(frozen=True, slots=True)
class Named:
    """A person as letters address them."""

    given_name: str
    family_name: str
    title: str
    form_of_address: str
    salutation: str

    @classmethod
    def of(cls, person: Mapping[str, Any]) -> Named:
        return cls(*(person[name] for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class Portrait:
    """`emails` and `phones` are the customer's own: of a private person those of the person. `depth` is what
    crm.customers.depth_sql reads."""

    persons: list[dict[str, Any]]
    myself: dict[str, Any] | None
    emails: tuple[Reach, ...]
    phones: tuple[Reach, ...]
    websites: tuple[Reach, ...]
    depth: dict[str, Any]
    check: Check
    parts: tuple[Part, ...]
    salutation_line: str

    @property
    def birthday(self) -> date | None:
        """That of a private person; in a row's JSON a day is a text."""
        born = self.myself["birthday"] if self.myself else None
        return date.fromisoformat(born) if born else None


def portrait_of(row: Row, today: date) -> Portrait:
    persons, depth = decoded(row.persons), decoded(row.depth)
    myself = next((person for person in persons if person["is_self"]), None)
    source: Mapping[str, Any] = myself or {
        "emails": row.emails,
        "phones": row.phones,
        "reach_kinds": depth["reach_kinds"],
    }
    kinds = source["reach_kinds"]
    emails = tuple(Reach(value, kinds.get(value, "")) for value in source["emails"])
    phones = tuple(Reach(value, kinds.get(value, "")) for value in source["phones"])
    further = tuple(Reach(one["url"], one["kind"]) for one in depth["websites"])
    websites = (Reach(row.website), *further) if row.website else further
    check = check_of(row.kind, row.status, _filled(row, depth, persons), row.checked_on, today)
    addressed = Named.of(myself) if myself else None
    line = salutation(addressed, row.language) if addressed else ""
    parts = personal_parts(_facts(row, depth, persons, emails, phones))
    return Portrait(persons, myself, emails, phones, websites, depth, check, parts, line)


def _filled(row: Row, depth: Mapping[str, Any], persons: list[dict[str, Any]]) -> set[str]:
    """The fields that hold something, by the names that freshness asks for. Whoever of the persons is reachable counts."""
    reach = row.emails or row.phones or any(person["emails"] or person["phones"] for person in persons)
    held = {
        "reach": reach, "persons": persons, "addresses": depth["addresses"], "owner_id": row.owner,
        "origin_code": row.origin_code or row.origin, "brief": row.brief, "vat_id": row.vat_id,
    }  # fmt: skip
    return {name for name, value in held.items() if value}


def _facts(
    row: Row, depth: Mapping[str, Any], persons: list[dict[str, Any]], emails: tuple[Reach, ...], phones: tuple[Reach, ...]
) -> RecordFacts:  # fmt: skip
    others = [person for person in persons if not person["is_self"]]
    return RecordFacts(
        row.kind,
        row.name,
        persons=[full_name("", person["given_name"], person["family_name"]) for person in others],
        emails=[(one.value, one.kind) for one in emails],
        phones=[(one.value, one.kind) for one in phones],
        addresses=[
            (f"{one['street']}, {one['postcode']} {one['city']}".strip(", "), one["kind"]) for one in depth["addresses"]
        ],
        brief=row.brief,
        filled=[name for name in ("vat_id", "iban") if row[name]],
    )
