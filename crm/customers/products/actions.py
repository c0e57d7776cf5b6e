"""The verbs that write products: enter, change, retire and bring back. A product that was sold is never deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import asyncpg

from crm.accounts.audit import changes as audited
from crm.accounts.audit import record
from crm.customers.orders.words import label
from crm.database import execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound
from crm.web.forms import Fields
from crm.web.i18n import _

COLUMNS = ("code", "name_de", "name_en", "department")


def product_values(fields: Fields, only: Collection[str] | None = None) -> dict[str, str]:
    """The values of a product: all that its form has, or `only` those that were sent. Without an English name the German one
    serves in both languages. `check()` is the caller's."""
    limits = {"code": 60, "name_de": 200, "name_en": 200, "department": 120}
    said = {
        name: fields.text(name, required=name in ("code", "name_de"), limit=limit)
        for name, limit in limits.items()
        if only is None or name in only
    }
    if only is None:
        said["name_en"] = said["name_en"] or said["name_de"]
    return said


async def create_product(values: Mapping[str, str], *, by: int | None, now: datetime) -> int:
    """A new product; answers its id. Raises Invalid if the code is taken (A-1 and a-1 are the same code)."""
    async with transaction():
        product_id = await fetch_value(
            "INSERT INTO product (code, name_de, name_en, department, created_at, version) "
            "VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT DO NOTHING RETURNING id",
            *(values[name] for name in COLUMNS), now,
        )  # fmt: skip
        if product_id is None:
            raise _code_taken()
        await record("product.created", "product", product_id, by=by, now=now, fields=dict(values))
        return int(product_id)


async def change_product(
    product_id: int, values: Mapping[str, Any], version: int | None, *, by: int | None, now: datetime
) -> int:
    """Write what differs, and answer the version; Conflict if somebody else saved since `version`."""
    async with transaction():
        before = await fetch_one(
            "SELECT code, name_de, name_en, department, version FROM product WHERE id = $1 FOR UPDATE", product_id
        )
        if before is None:
            raise NotFound()
        wanted = {name: value for name, value in values.items() if name in COLUMNS and before[name] != value}
        if "name_en" in wanted and not wanted["name_en"]:
            wanted["name_en"] = wanted.get("name_de", before.name_de)
        if version is not None and version != before.version:
            sentence = _("Somebody else saved this product meanwhile. Compare both versions and send yours again.")
            found = [Difference(name, label(name), before[name], value) for name, value in wanted.items()]
            raise Conflict(sentence, found, int(before.version))
        if not wanted:
            return int(before.version)
        after = {name: wanted.get(name, before[name]) for name in COLUMNS}
        if await fetch_value(
            "SELECT 1 FROM product WHERE lower(code) = lower($1) AND id <> $2", after["code"], product_id
        ):
            raise _code_taken()
        try:
            await execute(
                "UPDATE product SET code = $2, name_de = $3, name_en = $4, department = $5, version = version + 1 WHERE id = $1",
                product_id, *after.values(),
            )  # fmt: skip
        except asyncpg.UniqueViolationError:  # somebody else took it meanwhile
            raise _code_taken() from None
        old = {name: before[name] for name in wanted}
        await record("product.changed", "product", product_id, by=by, now=now, fields=audited(old, wanted))
        return int(before.version) + 1


async def retire_product(product_id: int, is_retired: bool, *, by: int | None, now: datetime) -> None:
    """A retired product is no longer offered for choosing; it can be brought back. Doing it twice changes nothing."""
    async with transaction():
        changed = await fetch_value(
            "UPDATE product SET retired_at = $2, version = version + 1 WHERE id = $1 AND (retired_at IS NULL) = $3 RETURNING id",
            product_id, now if is_retired else None, is_retired,
        )  # fmt: skip
        if changed is not None:
            action = "product.retired" if is_retired else "product.restored"
            await record(action, "product", product_id, by=by, now=now)


async def remove_product(product_id: int, *, by: int | None, now: datetime) -> bool:
    """Take a product away as if it had never been entered. False if an order or a quotation names it: then it stays."""
    async with transaction():
        gone = await fetch_one(
            "DELETE FROM product p WHERE p.id = $1 AND NOT EXISTS (SELECT FROM order_item i WHERE i.product = p.id) "
            "AND NOT EXISTS (SELECT FROM quotation_product q WHERE q.product = p.id) RETURNING code, name_de, name_en, department",
            product_id,
        )
        if gone is None:
            return False
        await record(
            "product.removed", "product", product_id, by=by, now=now, fields={name: gone[name] for name in COLUMNS}
        )
        return True


def _code_taken() -> Invalid:
    return Invalid({"code": _("Another product already has this number.")})
