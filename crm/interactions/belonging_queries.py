"""What a contact can belong to, found by a part of its name or number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import msgspec

from crm.customers.words import TICKET_STATUSES
from crm.database import fetch_one
from crm.errors import NotFound
from crm.interactions.belonging import GROUPS
from crm.text import fold, literally, search_terms
from crm.web.formats import short_date
from crm.web.i18n import _, language, word

MOST_FOUND = 6
"""So many of each kind are listed; whoever looks for another one types on."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to choose: `value` is that of the form ("order:7"), `detail` what tells it from others of the same name."""

    value: str
    name: str
    detail: str = ""


# What somebody types first is the number: what begins with it comes first. Orders, quotations and enquiries are those of one
# customer, by their index; products are found by ix_product_words, which wants each word as a condition of its own.
_FIND = f"""
    SELECT c.id,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(k.id, k.subject, k.status) ORDER BY k.n), '[]') FROM (
            SELECT k.id, k.subject, k.status, row_number() OVER (ORDER BY k.id::text = $3 DESC, k.opened_at DESC, k.id DESC) AS n
            FROM ticket k WHERE k.customer = c.id AND fold_text(concat_ws(' ', k.id, k.subject)) LIKE ALL ($2::text[])
            ORDER BY n LIMIT {MOST_FOUND}) k)::text AS tickets,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(o.id, o.number, to_char(o.ordered_on, 'YYYY-MM-DD')) ORDER BY o.n), '[]') FROM (
            SELECT o.id, o.number, o.ordered_on, row_number() OVER (
                ORDER BY starts_with(fold_text(o.number), $3) DESC, o.ordered_on DESC NULLS LAST, o.id DESC) AS n
            FROM customer_order o WHERE o.customer = c.id AND fold_text(o.number) LIKE ALL ($2::text[])
            ORDER BY n LIMIT {MOST_FOUND}) o)::text AS orders,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(q.id, q.name) ORDER BY q.n), '[]') FROM (
            SELECT q.id, concat_ws(' · ', q.number, nullif(q.subject, '')) AS name, row_number() OVER (
                ORDER BY starts_with(fold_text(coalesce(q.number, '')), $3) DESC, q.requested_at DESC, q.id DESC) AS n
            FROM quotation q WHERE q.customer = c.id AND fold_text(concat_ws(' ', q.number, q.subject)) LIKE ALL ($2::text[])
            ORDER BY n LIMIT {MOST_FOUND}) q)::text AS quotations,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(d.id, d.name, d.code) ORDER BY d.n), '[]') FROM (
            SELECT d.id, d.code, d.name_{{lang}} AS name,
                row_number() OVER (ORDER BY starts_with(d.folded, $3) DESC, d.name_{{lang}}, d.id) AS n
            FROM product d WHERE d.retired_at IS NULL AND {{words}} ORDER BY n LIMIT {MOST_FOUND}) d)::text AS products
    FROM (SELECT 1) AS always LEFT JOIN customer c ON c.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL
"""


async def belongings_found(customer_id: int | None, query: str) -> list[tuple[str, list[Found]]]:
    """What has every word of the query in its number, name or subject, in groups: of the customer, if there is one, and of
    the products that are sold. One statement. NotFound for a customer who isn't there, or is restricted."""
    patterns = [f"%{literally(term)}%" for term in search_terms(query)]
    if not patterns:
        return []
    words = " AND ".join(f"d.folded LIKE ${place}" for place, _pattern in enumerate(patterns, start=4))
    sql = _FIND.format(lang="de" if language.get() == "de" else "en", words=words)
    row = await fetch_one(sql, customer_id, patterns, fold(query), *patterns)
    if row is None or (customer_id is not None and row.id is None):
        raise NotFound()
    found = {
        "ticket": [
            Found(f"ticket:{number}", f"#{number} {subject}", word(TICKET_STATUSES, status))
            for number, subject, status in msgspec.json.decode(row.tickets, type=list[tuple[int, str, str]])
        ],
        "order": [
            Found(f"order:{number}", f"{name} · {short_date(date.fromisoformat(on))}" if on else name)
            for number, name, on in msgspec.json.decode(row.orders, type=list[tuple[int, str, str | None]])
        ],
        "quotation": [
            Found(f"quotation:{number}", name)
            for number, name in msgspec.json.decode(row.quotations, type=list[tuple[int, str]])
        ],
        "product": [
            Found(f"product:{number}", name, code)
            for number, name, code in msgspec.json.decode(row.products, type=list[tuple[int, str, str]])
        ],
    }
    return [(_(title), found[kind]) for kind, title in GROUPS.items() if found[kind]]
