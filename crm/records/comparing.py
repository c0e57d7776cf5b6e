"""Two customers side by side: which fields differ, what is proposed, what both keep anyway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crm.customers.data import full_name_sql
from crm.customers.tables import CustomerKind
from crm.customers.words import field_label, shown_value
from crm.database import Row, decoded, fetch
from crm.errors import NotFound, RuleBroken
from crm.records.references import CHOSEN, PERSON_CHOSEN
from crm.records.same_persons import SamePerson, same_persons
from crm.text import fold
from crm.web.formats import phone
from crm.web.i18n import _, language

_BOTH = f"""
    SELECT c.id, c.number, c.kind, c.name, c.status, c.version, c.created_at, c.language, c.brief, c.origin, c.origin_code, c.website,
        c.vat_id, c.iban, c.external_id, c.no_automatic_answers, c.checked_on, c.owner AS owner_id, c.deputy AS deputy_id,
        c.team AS team_id, c.parent AS parent_id, c.recommended_by, s.code AS service_level, s.name_de AS level_de, s.name_en AS level_en,
        s.contact_rhythm_days, o.name AS owner_name, d.name AS deputy_name, t.name AS team_name, m.name AS parent_name,
        r.name AS recommended_name, p.id AS person_id, p.given_name, p.family_name, p.title, p.form_of_address, p.birthday,
        p.salutation, p.preferred_channel, f.interactions, f.open_tickets, f.orders, f.last_contact_at,
        ARRAY(SELECT e.address FROM email_address e WHERE e.customer = c.id OR e.person = p.id ORDER BY e.position, e.id) AS emails,
        ARRAY(SELECT n.number FROM phone_number n WHERE n.customer = c.id OR n.person = p.id ORDER BY n.position, n.id) AS phones,
        ARRAY(SELECT concat_ws(', ', nullif(a.street, ''), nullif(concat_ws(' ', nullif(a.postcode, ''), nullif(a.city, '')), ''))
            FROM postal_address a WHERE a.customer = c.id ORDER BY a.position, a.id) AS addresses,
        ARRAY(SELECT w.url FROM web_address w WHERE w.customer = c.id ORDER BY w.position, w.id) AS websites,
        ARRAY(SELECT g.name FROM customer_tag x JOIN tag g ON g.id = x.tag WHERE x.customer = c.id ORDER BY g.key) AS tags,
        ARRAY(SELECT {full_name_sql("q")} FROM affiliation a JOIN person q ON q.id = a.person
            WHERE a.customer = c.id AND NOT a.is_self AND q.restricted_at IS NULL ORDER BY a.position, a.id) AS persons,
        (SELECT json_build_object('tickets', (SELECT count(*) FROM ticket k WHERE k.customer = c.id),
            'contacts', (SELECT count(*) FROM interaction i WHERE i.customer = c.id),
            'orders', (SELECT count(*) FROM customer_order x WHERE x.customer = c.id)))::text AS counts
    FROM customer c
    JOIN service_level s ON s.id = c.service_level
    JOIN customer_figures f ON f.customer = c.id
    LEFT JOIN staff o ON o.id = c.owner
    LEFT JOIN staff d ON d.id = c.deputy
    LEFT JOIN team t ON t.id = c.team
    LEFT JOIN customer m ON m.id = c.parent
    LEFT JOIN customer r ON r.id = c.recommended_by
    LEFT JOIN affiliation self ON self.customer = c.id AND self.is_self
    LEFT JOIN person p ON p.id = self.person
    WHERE c.id = ANY($1::bigint[]) AND c.deleted_at IS NULL AND c.restricted_at IS NULL AND p.restricted_at IS NULL
"""

_RANK = {"former": 0, "prospect": 1, "customer": 2}
SEVERAL = ("emails", "phones", "addresses", "websites", "tags", "persons")
"""What a customer has several of: all values of both are kept."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A field that differs: both values as people read them, and whether the merged one's is proposed."""

    name: str
    label: str
    mine: str
    theirs: str
    takes_theirs: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The survivor, the one that is taken into it, and what is to be decided."""

    survivor: Row
    merged: Row
    choices: list[Choice]
    same: list[tuple[str, str]]
    several: list[tuple[str, list[str]]]
    persons: list[SamePerson]
    counts: Mapping[str, int]

    @property
    def versions(self) -> str:
        return f"{self.survivor.version}-{self.merged.version}"


async def comparison(survivor: int, merged: int) -> Comparison:
    """Two customers side by side. NotFound if one may not be seen, RuleBroken if they can't be one."""
    rows = {row.id: row for row in await fetch(_BOTH, [survivor, merged])}
    if len(rows) != 2:
        raise NotFound()
    mine, theirs = rows[survivor], rows[merged]
    if mine.kind != theirs.kind:
        raise RuleBroken(
            _("An organisation and a private person can't be merged: the person may belong to the organisation.")
        )
    is_person = mine.kind == CustomerKind.PERSON
    names = [name for name in CHOSEN if not (is_person and name == "name")]
    names = [*(PERSON_CHOSEN if is_person else ()), *names]
    choices, same = [], []
    for name in names:
        left, right = _shown(mine, name), _shown(theirs, name)
        if mine[name] != theirs[name] and left != right:
            choices.append(Choice(name, _label(name), left, right, _takes_theirs(name, mine, theirs)))
        elif left:
            same.append((_label(name), left))
    several = [
        (_several_label(name), _together(mine[name], theirs[name], phone if name == "phones" else str))
        for name in SEVERAL
    ]
    persons = [] if is_person else await same_persons(merged, survivor)
    return Comparison(
        mine, theirs, choices, same, [pair for pair in several if pair[1]], persons, decoded(theirs.counts)
    )


async def better_survivor(one: int, other: int) -> tuple[int, int]:
    """Which of two to keep, proposed: the one with the external id, then with more history, then the older one."""
    rows = {row.id: row for row in await fetch(_BOTH, [one, other])}
    if len(rows) != 2:
        raise NotFound()

    def weight(row: Row) -> tuple[bool, int, int]:
        counts = decoded(row.counts)
        return bool(row.external_id), sum(counts.values()), -int(row.id)

    first, second = sorted(rows.values(), key=weight, reverse=True)
    return first.id, second.id


def _takes_theirs(name: str, mine: Row, theirs: Row) -> bool:
    """Something beats nothing; then what is safer or says more: no automatic answers, the further status, the closer service level, the
    longer name, the later check."""
    left, right = mine[name], theirs[name]
    if right in (None, "", False) or left in (None, "", False):
        return right not in (None, "", False)
    match name:
        case "status":
            return _RANK.get(right, 0) > _RANK.get(left, 0)
        case "service_level":
            return (theirs.contact_rhythm_days or 10_000) < (mine.contact_rhythm_days or 10_000)
        case "checked_on":
            return bool(right > left)
        case "form_of_address":
            return bool(left == "neutral")
        case "given_name" | "family_name" if _are_swapped(mine, theirs):
            return False  # one of each would make "François François"
        case "name" | "given_name" | "family_name":
            if fold(left) == fold(right):  # Brückner rather than Brueckner
                return left.isascii() and not right.isascii()
            return len(right) > len(left)
    return False


def _are_swapped(mine: Row, theirs: Row) -> bool:
    """Given and family name stand the other way round."""
    names = [(fold(row.given_name or ""), fold(row.family_name or "")) for row in (mine, theirs)]
    return names[0] == names[1][::-1]


def _shown(row: Row, name: str) -> str:
    named = {
        "owner_id": row.owner_name, "deputy_id": row.deputy_name, "team_id": row.team_name, "parent_id": row.parent_name,
        "recommended_by": row.recommended_name, "service_level": row.level_de if language.get() == "de" else row.level_en,
    }  # fmt: skip
    return (named[name] or "") if name in named else shown_value(name, row[name])


def _label(name: str) -> str:
    return field_label(name)


def _several_label(name: str) -> str:
    labels = {
        "emails": _("E-mail addresses"), "phones": _("Telephone numbers"), "addresses": _("Addresses"), "websites": _("Websites"),
        "tags": _("Tags"), "persons": _("Persons"),
    }  # fmt: skip
    return labels[name]


def _together(mine: list[str], theirs: list[str], shown: Callable[[str], str]) -> list[str]:
    """All values, each once, telephone numbers as people write them."""
    together = {value.casefold(): value for value in (*reversed(theirs), *reversed(mine))}
    return [shown(value) for value in together.values()][::-1]
