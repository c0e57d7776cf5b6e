"""Reads customers for an export, some hundred at a time: with persons, addresses and all else that can be a column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from crm.database import fetch


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


class PersonRecord(msgspec.Struct):
    """A person at a customer; restricted ones are not among them."""

    id: int
    given_name: str
    family_name: str
    title: str
    form_of_address: str
    language: str
    birthday: date | None
    salutation: str
    preferred_channel: str
    function: str
    is_self: bool
    emails: list[Reached]
    phones: list[Reached]


class CustomerRecord(msgspec.Struct):
    """A customer with all that an export may tell. Restricted and deleted ones are never read."""

    id: int
    number: str
    kind: str
    name: str
    status: str
    service_level: str
    level_de: str
    level_en: str
    language: str
    brief: str
    origin: str
    origin_code: str
    website: str
    vat_id: str
    iban: str
    external_id: str | None
    no_automatic_answers: bool
    checked_on: date | None
    created_at: datetime
    owner: str | None
    owner_email: str | None
    deputy: str | None
    deputy_email: str | None
    team: str | None
    parent: str | None
    parent_name: str | None
    last_contact_at: datetime | None
    contact_due_at: datetime | None
    orders: int
    revenue: Decimal
    last_order_on: date | None
    tags: list[str]
    emails: list[Reached]
    phones: list[Reached]
    websites: list[str]
    addresses: list[Place]
    persons: list[PersonRecord]


# $1 ids. A private person who is restricted takes the customer along.
_RECORDS = """
    SELECT jsonb_build_object(
        'id', c.id, 'number', c.number, 'kind', c.kind, 'name', c.name, 'status', c.status, 'service_level', s.code,
        'level_de', s.name_de, 'level_en', s.name_en, 'language', c.language, 'brief', c.brief, 'origin', c.origin,
        'origin_code', c.origin_code, 'website', c.website, 'vat_id', c.vat_id, 'iban', c.iban, 'external_id', c.external_id,
        'no_automatic_answers', c.no_automatic_answers, 'checked_on', c.checked_on, 'created_at', c.created_at,
        'owner', o.name, 'owner_email', o.email, 'deputy', d.name, 'deputy_email', d.email, 'team', t.name,
        'parent', coalesce(u.external_id, u.number), 'parent_name', u.name, 'last_contact_at', f.last_contact_at,
        'contact_due_at', f.contact_due_at, 'orders', f.orders, 'revenue', f.revenue::text, 'last_order_on', f.last_order_on
    ) || jsonb_build_object(
        'tags', ARRAY(SELECT g.name FROM customer_tag x JOIN tag g ON g.id = x.tag WHERE x.customer = c.id ORDER BY g.key),
        'emails', (SELECT coalesce(jsonb_agg(jsonb_build_array(e.address, e.kind) ORDER BY e.position, e.id), '[]')
            FROM email_address e WHERE e.customer = c.id),
        'phones', (SELECT coalesce(jsonb_agg(jsonb_build_array(n.number, n.kind) ORDER BY n.position, n.id), '[]')
            FROM phone_number n WHERE n.customer = c.id),
        'websites', ARRAY(SELECT w.url FROM web_address w WHERE w.customer = c.id ORDER BY w.position, w.id),
        'addresses', (SELECT coalesce(jsonb_agg(to_jsonb(a) ORDER BY a.position, a.id), '[]')
            FROM postal_address a WHERE a.customer = c.id),
        'persons', (SELECT coalesce(jsonb_agg(p ORDER BY p.position, p.affiliation), '[]') FROM (
            SELECT p.id, p.given_name, p.family_name, p.title, p.form_of_address, p.language, p.birthday, p.salutation,
                p.preferred_channel, y.function, y.is_self, y.position, y.id AS affiliation,
                (SELECT coalesce(jsonb_agg(jsonb_build_array(e.address, e.kind) ORDER BY e.position, e.id), '[]')
                    FROM email_address e WHERE e.person = p.id) AS emails,
                (SELECT coalesce(jsonb_agg(jsonb_build_array(n.number, n.kind) ORDER BY n.position, n.id), '[]')
                    FROM phone_number n WHERE n.person = p.id) AS phones
            FROM affiliation y JOIN person p ON p.id = y.person
            WHERE y.customer = c.id AND p.restricted_at IS NULL) p)
    )::jsonb AS record
    FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted(id, place)
    JOIN customer c ON c.id = wanted.id
    JOIN service_level s ON s.id = c.service_level
    JOIN customer_figures f ON f.customer = c.id
    LEFT JOIN staff o ON o.id = c.owner
    LEFT JOIN staff d ON d.id = c.deputy
    LEFT JOIN team t ON t.id = c.team
    LEFT JOIN customer u ON u.id = c.parent AND u.deleted_at IS NULL AND u.restricted_at IS NULL
    WHERE c.deleted_at IS NULL AND c.restricted_at IS NULL AND NOT EXISTS (
        SELECT FROM affiliation y JOIN person p ON p.id = y.person
        WHERE y.customer = c.id AND y.is_self AND p.restricted_at IS NOT NULL)
    ORDER BY wanted.place
"""

_DECODER = msgspec.json.Decoder(CustomerRecord)


async def records_of(ids: Sequence[int]) -> list[CustomerRecord]:
    """The customers with these ids, in this order; without those that are restricted or deleted. One statement."""
    return [_DECODER.decode(row.record) for row in await fetch(_RECORDS, list(ids))]
