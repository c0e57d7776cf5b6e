"""Reads customers for an export, some hundred at a time: with persons, addresses and all else that can be a column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from crm.database import fetch
from crm.profiles.queries import LIVE


class Reached(msgspec.Struct, array_like=True):
    """An e-mail address or telephone number and its kind."""

    value: str
    kind: str


class Place(msgspec.Struct):
    street: str
    extra: str
    postcode: str
    city: str
    country: str
    kind: str


class AttributeRecord(msgspec.Struct, array_like=True):
    """The value of an attribute in the column of its type, as `crm.profiles.definitions.Value` has it."""

    text: str | None
    number: Decimal | None
    on_date: date | None
    flag: bool | None


class PersonRecord(msgspec.Struct):
    """A person at a customer; restricted ones are not among them."""

    id: int
    given_name: str = ""
    family_name: str = ""
    title: str = ""
    form_of_address: str = ""
    language: str = ""
    birthday: date | None = None
    salutation: str = ""
    preferred_channel: str = ""
    function: str = ""
    is_self: bool = False
    emails: list[Reached] = []
    phones: list[Reached] = []
    attributes: dict[int, AttributeRecord] = {}


class CustomerRecord(msgspec.Struct):
    """A customer with all that an export may tell. Restricted and deleted ones are never read."""

    id: int
    number: str = ""
    kind: str = ""
    name: str = ""
    status: str = ""
    service_level: str = ""
    level_de: str = ""
    level_en: str = ""
    language: str = ""
    brief: str = ""
    origin: str = ""
    origin_code: str = ""
    website: str = ""
    vat_id: str = ""
    iban: str = ""
    external_id: str | None = None
    no_automatic_answers: bool = False
    checked_on: date | None = None
    created_at: datetime | None = None
    owner: str | None = None
    owner_email: str | None = None
    deputy: str | None = None
    deputy_email: str | None = None
    team: str | None = None
    parent: str | None = None
    parent_name: str | None = None
    last_contact_at: datetime | None = None
    contact_due_at: datetime | None = None
    orders: int = 0
    revenue: Decimal = Decimal("0.00")
    last_order_on: date | None = None
    tags: list[str] = []
    emails: list[Reached] = []
    phones: list[Reached] = []
    websites: list[str] = []
    addresses: list[Place] = []
    persons: list[PersonRecord] = []
    attributes: dict[int, AttributeRecord] = {}
    """By the id of the attribute; only those that were asked for, and that may be shown."""


# $1 ids. Built as text (json, not jsonb): nothing looks into it before it is decoded, which halves the time. Whether a private
# person is restricted is looked up for each, or the planner reads all persons once per batch.
_RECORDS = """
    SELECT json_build_object(
        'id', c.id, 'number', c.number, 'kind', c.kind, 'name', c.name, 'status', c.status, 'service_level', s.code,
        'level_de', s.name_de, 'level_en', s.name_en, 'language', c.language, 'brief', c.brief, 'origin', c.origin,
        'origin_code', c.origin_code, 'website', c.website, 'vat_id', c.vat_id, 'iban', c.iban, 'external_id', c.external_id,
        'no_automatic_answers', c.no_automatic_answers, 'checked_on', c.checked_on, 'created_at', c.created_at,
        'owner', o.name, 'owner_email', o.email, 'deputy', d.name, 'deputy_email', d.email, 'team', t.name,
        'parent', coalesce(u.external_id, u.number), 'parent_name', u.name, 'last_contact_at', f.last_contact_at,
        'contact_due_at', f.contact_due_at, 'orders', f.orders, 'revenue', f.revenue::text, 'last_order_on', f.last_order_on,
        'tags', ARRAY(SELECT g.name FROM customer_tag x JOIN tag g ON g.id = x.tag WHERE x.customer = c.id ORDER BY g.key),
        'websites', ARRAY(SELECT w.url FROM web_address w WHERE w.customer = c.id ORDER BY w.position, w.id),
        'addresses', (SELECT coalesce(json_agg(to_json(a) ORDER BY a.position, a.id), '[]')
            FROM postal_address a WHERE a.customer = c.id),
        {reached}, {attributes} 'persons', (SELECT coalesce(json_agg(p ORDER BY p.position, p.affiliation), '[]') FROM (
            SELECT p.id, p.given_name, p.family_name, p.title, p.form_of_address, p.language, p.birthday, p.salutation,
                p.preferred_channel, y.function, y.is_self, y.position, y.id AS affiliation, {of_person}
            FROM affiliation y JOIN person p ON p.id = y.person
            WHERE y.customer = c.id AND p.restricted_at IS NULL) p)
    )::text AS record
    FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted(id, place)
    JOIN customer c ON c.id = wanted.id
    JOIN service_level s ON s.id = c.service_level
    JOIN customer_figures f ON f.customer = c.id
    LEFT JOIN staff o ON o.id = c.owner
    LEFT JOIN staff d ON d.id = c.deputy
    LEFT JOIN team t ON t.id = c.team
    LEFT JOIN customer u ON u.id = c.parent AND u.deleted_at IS NULL AND u.restricted_at IS NULL
    WHERE {shown}
    ORDER BY wanted.place
"""
# The same for counting: only what decides whether somebody goes along.
_COUNTED = """
    SELECT json_build_object(
        'id', c.id, 'kind', c.kind, 'status', c.status, {reached}
        'persons', (SELECT coalesce(json_agg(p), '[]') FROM (
            SELECT p.id, y.is_self{of_person} FROM affiliation y JOIN person p ON p.id = y.person
            WHERE y.customer = c.id AND p.restricted_at IS NULL) p)
    )::text AS record
    FROM customer c WHERE c.id = ANY($1::bigint[]) AND {shown}
"""
_SHOWN = """c.deleted_at IS NULL AND c.restricted_at IS NULL AND (c.kind <> 'person' OR coalesce((
        SELECT bool_and(p.restricted_at IS NULL) FROM affiliation y JOIN person p ON p.id = y.person
        WHERE y.customer = c.id AND y.is_self), true))"""
_EMAILS = """(SELECT coalesce(json_agg(json_build_array(e.address, e.kind) ORDER BY e.position, e.id), '[]')
            FROM email_address e WHERE e.{whose} = {id})"""
_PHONES = """(SELECT coalesce(json_agg(json_build_array(n.number, n.kind) ORDER BY n.position, n.id), '[]')
            FROM phone_number n WHERE n.{whose} = {id})"""
_PLACES = "(SELECT coalesce(json_agg(to_json(a)), '[]') FROM postal_address a WHERE a.customer = c.id)"
_DECODER = msgspec.json.Decoder(CustomerRecord)


def _own(sql: str) -> str:
    return sql.format(whose="customer", id="c.id")


def _persons(sql: str) -> str:
    return sql.format(whose="person", id="p.id")


_WHOLE = _RECORDS.format(
    reached=f"'emails', {_own(_EMAILS)}, 'phones', {_own(_PHONES)}", attributes="{attributes}",
    of_person=f"{_persons(_EMAILS)} AS emails, {_persons(_PHONES)} AS phones{{of_person}}", shown=_SHOWN,
)  # fmt: skip
_ATTRIBUTES = f"""(SELECT json_object_agg(v.attribute, json_build_array(v.text, v.number::text, v.on_date, v.flag))
            FROM attribute_value v JOIN attribute a ON a.id = v.attribute
            WHERE v.{{whose}} = {{id}} AND v.attribute = ANY($2::bigint[]) AND {LIVE})"""
_PLAIN = _WHOLE.format(attributes="", of_person="")
_WITH_ATTRIBUTES = _WHOLE.format(
    attributes=f"'attributes', coalesce({_own(_ATTRIBUTES)}, '{{}}'),",
    of_person=f", coalesce({_persons(_ATTRIBUTES)}, '{{}}') AS attributes",
)
_WAYS = {
    "email": (f"'emails', {_own(_EMAILS)},", f", {_persons(_EMAILS)} AS emails"),
    "phone": (f"'phones', {_own(_PHONES)},", f", {_persons(_PHONES)} AS phones"),
    "letter": (f"'addresses', {_PLACES},", ""),
}
"""What decides on each channel, of the customer and of their persons."""


async def records_of(ids: Sequence[int], attributes: Sequence[int] = ()) -> list[CustomerRecord]:
    """The customers with these ids, in this order; without those that are restricted or deleted. One statement.
    `attributes` are the ids of those that are read too."""
    if not ids:
        return []
    if attributes:
        rows = await fetch(_WITH_ATTRIBUTES, list(ids), list(attributes))
    else:
        rows = await fetch(_PLAIN, list(ids))
    return [_DECODER.decode(row.record) for row in rows]


async def counted_records_of(ids: Sequence[int], channel: str) -> list[CustomerRecord]:
    """The same customers, in any order, with nothing but what decides on this channel whether they may go along."""
    reached, of_person = _WAYS.get(channel, ("", ""))
    sql = _COUNTED.format(reached=reached, of_person=of_person, shown=_SHOWN)
    return [_DECODER.decode(row.record) for row in await fetch(sql, list(ids))]
