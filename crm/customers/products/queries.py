"""The reads of products: the catalogue, and what a name or a code means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.text import literally, sort_key
from crm.web.paging import cursor_of, keys_of

OFFERED = 1000
"""So many products are offered for choosing while somebody types."""


@dataclass(frozen=True, slots=True)
class FoundProducts:
    rows: list[Row]
    next: str | None = None


_COLUMNS = "p.id, p.code, p.name_de, p.name_en, p.department, p.retired_at, p.version"


async def products(
    *, q: str = "", department: str = "", retired: bool | None = False, limit: int = 100, cursor: str | None = None
) -> FoundProducts:
    """The catalogue in the order of the codes, with how many orders each product is in; `retired` None shows all."""
    arguments: list[Any] = [retired, department, f"%{literally(q)}%"]
    seen = keys_of(cursor, str, int)
    after = ""
    if seen:
        arguments += seen
        after = ' AND (lower(p.code) COLLATE "C", p.id) > ($4, $5)'
    rows = await fetch(
        f"SELECT {_COLUMNS}, lower(p.code) AS key, "
        "(SELECT count(DISTINCT i.customer_order) FROM order_item i WHERE i.product = p.id) AS orders FROM product p "
        "WHERE ($1::boolean IS NULL OR (p.retired_at IS NOT NULL) = $1) AND ($2 = '' OR p.department = $2) "
        f"AND ($3 = '%%' OR p.code ILIKE $3 OR p.name_de ILIKE $3 OR p.name_en ILIKE $3){after} "
        f'ORDER BY lower(p.code) COLLATE "C", p.id LIMIT {limit + 1}',
        *arguments,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return FoundProducts(rows[:limit], cursor_of(last.key, last.id) if last else None)


async def product_for(product_id: int) -> Row:
    """One product; NotFound if there is none with this id."""
    row = None
    if 0 < product_id <= HIGHEST_ID:
        row = await fetch_one(f"SELECT {_COLUMNS} FROM product p WHERE p.id = $1", product_id)
    if row is None:
        raise NotFound()
    return row


async def departments() -> list[str]:
    """The departments that products name, sorted as people read them."""
    rows = await fetch("SELECT DISTINCT department FROM product WHERE department <> ''")
    return sorted((row.department for row in rows), key=sort_key)


async def offered_products() -> list[Row]:
    """The products that can be chosen, by code."""
    return await fetch(
        f"SELECT code, name_de, name_en FROM product WHERE retired_at IS NULL ORDER BY lower(code), id LIMIT {OFFERED}"
    )


async def known_products(named: Iterable[Any]) -> dict[str, str]:
    """What was named -> the product's code: the name may be a code or a product's name, in small or capital letters. A name
    that two products have means neither."""
    asked = sorted(
        {text.strip().lower().replace("\x00", "") for text in named if isinstance(text, str) and text.strip()}
    )
    if not asked:
        return {}
    rows = await fetch(
        "SELECT code, lower(code) AS low_code, lower(name_de) AS low_de, lower(name_en) AS low_en FROM product "
        "WHERE lower(code) = ANY($1) OR lower(name_de) = ANY($1) OR lower(name_en) = ANY($1) ORDER BY id",
        [text.encode("utf-8", "replace").decode() for text in asked],
    )
    by_name: dict[str, set[str]] = {}
    for row in rows:
        for name in (row.low_de, row.low_en):
            by_name.setdefault(name, set()).add(row.code)
    found = {name: codes.pop() for name, codes in by_name.items() if len(codes) == 1}
    return found | {row.low_code: row.code for row in rows}


async def products_coded(codes: Sequence[str]) -> dict[str, Row]:
    """The products with these codes, by the code in small letters."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM product p WHERE lower(p.code) = ANY($1)", [code.lower() for code in codes]
    )
    return {row.code.lower(): row for row in rows}


async def products_with(ids: Sequence[int]) -> dict[int, Row]:
    """The products with these ids, by id, and whether an order or a quotation names them."""
    rows = await fetch(
        f"SELECT {_COLUMNS}, EXISTS (SELECT FROM order_item i WHERE i.product = p.id) "
        "OR EXISTS (SELECT FROM quotation_product q WHERE q.product = p.id) AS is_used FROM product p WHERE p.id = ANY($1)",
        list(ids),
    )
    return {row.id: row for row in rows}
