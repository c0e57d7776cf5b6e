"""Which products an enquiry is about. What its text names by number, or by a name that nobody uses by chance, is connected and shown
to be, as is the one product of an order that it is about; what is less sure is asked about. Nothing is guessed silently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from crm.accounts.audit import record
from crm.customers.products.naming import phrases_in
from crm.customers.products.queries import known_products, products_coded
from crm.database import HIGHEST_ID, Row, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.tickets.links.tables import ProductBasis
from crm.web.i18n import _, language

MOST_NAMED = 5
OFFERED = 3

# A name of several words, a number, and what the customer has bought are sure; a single word ("Spüle") is asked about. A name that
# stands within a longer one that is named too ("Spüle" in "Spüle Linea") is not meant. What somebody has said no to stays so.
_CONNECT = f"""
    WITH named AS (
        SELECT p.id, lower(p.code) = ANY($2) AS by_code, lower(p.name_de) AS de, lower(p.name_en) AS en,
            EXISTS (SELECT FROM order_item i JOIN customer_order o ON o.id = i.customer_order
                WHERE i.product = p.id AND o.customer = k.customer) AS is_bought
        FROM product p CROSS JOIN ticket k WHERE k.id = $1 AND p.retired_at IS NULL
            AND (lower(p.code) = ANY($2) OR lower(p.name_de) = ANY($2) OR lower(p.name_en) = ANY($2))
        ORDER BY p.id LIMIT {MOST_NAMED * 4}
    ), meant AS (
        SELECT n.id, CASE WHEN n.by_code OR n.is_bought OR n.de LIKE '% %' AND n.de = ANY($2) OR n.en LIKE '% %' AND n.en = ANY($2)
            THEN 'named' ELSE 'offered' END AS basis
        FROM named n WHERE n.by_code OR NOT EXISTS (SELECT FROM named m WHERE m.id <> n.id AND NOT m.by_code
            AND length(m.de) > length(n.de) AND m.de = ANY($2) AND position(n.de IN m.de) > 0)
        ORDER BY n.by_code DESC, n.id LIMIT {MOST_NAMED}
    ), single AS (
        SELECT min(i.product) AS id, 'ordered' AS basis FROM ticket_order x JOIN order_item i ON i.customer_order = x.customer_order
        WHERE x.ticket = $1 AND x.refused_at IS NULL AND i.product IS NOT NULL
            AND NOT EXISTS (SELECT FROM meant WHERE basis = 'named') HAVING count(DISTINCT i.product) = 1
    ), made AS (INSERT INTO ticket_product (ticket, product, basis, at)
    SELECT $1, z.id, (array_agg(z.basis ORDER BY z.basis DESC))[1], $3 FROM (SELECT * FROM meant UNION ALL SELECT * FROM single) z
    GROUP BY z.id ON CONFLICT (ticket, product) DO NOTHING RETURNING product, basis)
    SELECT p.id, p.code, m.basis FROM made m JOIN product p ON p.id = m.product WHERE m.basis <> 'offered' ORDER BY p.id
"""

NAMES_PRODUCT = """EXISTS (SELECT FROM product n WHERE n.retired_at IS NULL
    AND (lower(n.code) = ANY({phrases}) OR lower(n.name_de) = ANY({phrases}) OR lower(n.name_en) = ANY({phrases})))"""
"""Whether one of the phrases of a text (crm.customers.products.naming) names a product: where none does, and no order is connected,
`connect_named_products` has nothing to do."""

AROUND = """
    SELECT p.id, p.code, p.name_de, p.name_en, x.basis, u.name AS by_name, x.refused_at IS NOT NULL AS is_refused
    FROM product p LEFT JOIN ticket_product x ON x.ticket = k.id AND x.product = p.id LEFT JOIN staff u ON u.id = x.by_user
    WHERE p.id IN (SELECT l.product FROM ticket_product l WHERE l.ticket = k.id
        UNION SELECT i.product FROM ticket_order l JOIN order_item i ON i.customer_order = l.customer_order
        WHERE l.ticket = k.id AND l.refused_at IS NULL AND i.product IS NOT NULL)
    ORDER BY x.id NULLS LAST, p.id LIMIT 12
"""
"""The products around an enquiry `k`, for `products_of`: those it is about, was parted from, and those of its orders."""


class Product(msgspec.Struct):
    """A product around an enquiry. Without a `basis` nobody has said anything yet."""

    id: int
    code: str
    name_de: str
    name_en: str
    basis: str | None = None
    by_name: str | None = None
    is_refused: bool = False

    @property
    def name(self) -> str:
        return (self.name_de if language.get() == "de" else self.name_en) or self.name_de


@dataclass(frozen=True, slots=True)
class ProductsAround:
    """What an enquiry is about, and what is asked about."""

    connected: Sequence[Product]
    offers: Sequence[Product]


def products_of(stored: str) -> ProductsAround:
    """From AROUND as JSON. As long as nothing is connected, what was named loosely and what stands in the order is asked about."""
    found = [one for one in msgspec.json.decode(stored, type=list[Product]) if not one.is_refused]
    connected = [one for one in found if one.basis not in (None, ProductBasis.OFFERED)]
    return ProductsAround(connected, [] if connected else found[:OFFERED])


async def connect_named_products(ticket_id: int, text: str, *, now: datetime) -> list[Row]:
    """Connect the products that a text names, or the one of the order that it is about, and answer those that are new (id, code, basis).
    In the caller's transaction, after the orders."""
    return await fetch(_CONNECT, ticket_id, phrases_in(text), now)


async def connect_product(
    ticket_id: int, product: str, *, basis: ProductBasis = ProductBasis.CHOSEN, by: int, now: datetime
) -> int:
    """The enquiry is about this product, given by number or name; the product's id. A second time changes nothing. Raises Invalid for
    a product that isn't there."""
    async with transaction():
        await _lock(ticket_id)
        code = (await known_products([product])).get(product.strip().lower())
        found = (await products_coded([code])).get(code.lower()) if code else None
        if found is None:
            raise Invalid({"product": _("There is no product with this number or name.")})
        changed = await fetch_value(
            "INSERT INTO ticket_product AS x (ticket, product, basis, at, by_user) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (ticket, product) DO UPDATE SET basis = excluded.basis, at = excluded.at, by_user = excluded.by_user, "
            "refused_at = NULL WHERE x.refused_at IS NOT NULL OR x.basis = 'offered' RETURNING id",
            ticket_id, found.id, basis.value, now, by,
        )  # fmt: skip
        if changed:
            fields = {"product": [None, found.code]}
            await record("ticket.product_connected", "ticket", ticket_id, by=by, now=now, fields=fields)
        return int(found.id)


async def part_product(ticket_id: int, product_id: int, *, by: int, now: datetime) -> None:
    """The enquiry is not about this product, and nobody is asked again. Raises NotFound for a product that isn't there."""
    async with transaction():
        await _lock(ticket_id)
        known = product_id if 0 < product_id <= HIGHEST_ID else 0
        product = await fetch_one("SELECT id, code FROM product WHERE id = $1", known)
        if product is None:
            raise NotFound()
        changed = await fetch_value(
            "INSERT INTO ticket_product AS x (ticket, product, basis, at, by_user, refused_at) VALUES ($1, $2, 'agreed', $3, $4, $3) "
            "ON CONFLICT (ticket, product) DO UPDATE SET refused_at = excluded.refused_at, by_user = excluded.by_user "
            "WHERE x.refused_at IS NULL RETURNING id",
            ticket_id, product.id, now, by,
        )  # fmt: skip
        if changed:
            fields = {"product": [product.code, None]}
            await record("ticket.product_parted", "ticket", ticket_id, by=by, now=now, fields=fields)


async def likely_product(ticket_id: int) -> int | None:
    """The one product that an enquiry is known to be about: what is proposed when it is solved."""
    row = await fetch_one(
        "SELECT min(product) AS id FROM ticket_product WHERE ticket = $1 AND refused_at IS NULL AND basis <> 'offered' "
        "HAVING count(*) = 1",
        ticket_id,
    )  # fmt: skip
    return int(row.id) if row else None


async def _lock(ticket_id: int) -> Row:
    ticket = await fetch_one("SELECT id FROM ticket WHERE id = $1 FOR NO KEY UPDATE", ticket_id)
    if ticket is None:
        raise NotFound()
    return ticket
