"""Undoes what an import has brought to the catalogue of products and to quotations: new ones go unless they are used, changed
ones get their former values back unless somebody has changed them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.customers.products.actions import change_product, remove_product
from crm.customers.products.queries import products_with
from crm.customers.quotations.actions import change_quotation, remove_quotation, stepped
from crm.customers.quotations.data import from_plain, plain
from crm.customers.quotations.queries import quotations_with
from crm.database import Row, decoded, execute
from crm.errors import Invalid
from crm.records.tables import Outcome
from crm.records.targets import ImportKind


@dataclass(slots=True)
class SalesEnd:
    """What becomes of a record: it goes, or gets `back` its former values; `kept` names why it, or which of its fields, stays."""

    row: Row
    is_removed: bool = False
    back: dict[str, Any] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


async def ends_of_sales(run: Row, rows: Sequence[Row], now: datetime) -> list[SalesEnd]:
    """What becomes of the products or quotations of these rows. One that somebody has taken away already is no more to do."""
    mine = [row for row in rows if row.record]
    ids = [row.record for row in mine]
    if run.kind == ImportKind.PRODUCTS:
        products = await products_with(ids)
        return [_product_end(row, products.get(row.record)) for row in mine]
    quotations = await quotations_with(ids)
    ends = []
    for row in mine:
        saved = quotations.get(row.record)
        if saved is None:
            ends.append(SalesEnd(row))
        elif not saved.is_open or (row.outcome == Outcome.CREATED and saved.version > 1):
            ends.append(SalesEnd(row, kept=["changed"]))
        elif row.outcome == Outcome.CREATED:
            ends.append(SalesEnd(row, is_removed=True))
        else:
            back, lost = _back(decoded(row.detail).get("quotation", {}), plain(saved.record))
            values = {name: from_plain(name, value) for name, value in back.items()}
            try:
                stepped(saved.record, values, now)
            except Invalid:  # with what was changed since, the former values make no quotation
                ends.append(SalesEnd(row, kept=[*back, *lost]))
            else:
                ends.append(SalesEnd(row, back=values, kept=lost))
    return ends


async def undo_sales(run: Row, rows: Sequence[Row], now: datetime) -> int:
    """Undo these rows; answers how many stay, or have fields that stay, as they are."""
    stays = 0
    done = []
    for end in await ends_of_sales(run, rows, now):
        if not await _undo(run, end, now) or end.kept:
            stays += 1
        else:
            done.append(end.row.id)
    await execute("UPDATE import_row SET reason = 'undone' WHERE id = ANY($1)", done)
    return stays


async def _undo(run: Row, end: SalesEnd, now: datetime) -> bool:
    record_id = int(end.row.record)
    if run.kind == ImportKind.PRODUCTS:
        if end.is_removed:
            return await remove_product(record_id, by=run.undone_by, now=now)
        if end.back:
            await change_product(record_id, end.back, None, by=run.undone_by, now=now)
    elif end.is_removed:
        await remove_quotation(record_id, by=run.undone_by, now=now)
    elif end.back:
        await change_quotation(record_id, end.back, None, by=run.undone_by, now=now)
    return True


def _product_end(row: Row, saved: Row | None) -> SalesEnd:
    if saved is None:
        return SalesEnd(row)
    if row.outcome != Outcome.CREATED:
        back, lost = _back(decoded(row.detail).get("product", {}), saved)
        return SalesEnd(row, back=back, kept=lost)
    if saved.is_used:
        return SalesEnd(row, kept=["product_used"])
    return SalesEnd(row, kept=["changed"]) if saved.version > 1 else SalesEnd(row, is_removed=True)


def _back(changes: Mapping[str, Sequence[Any]], now: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    back = {name: former for name, (former, new) in changes.items() if now[name] == new}
    return back, [name for name in changes if name not in back]
