"""Writes old orders: rows with one number are the items of one order, which comes in whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.customers.orders import bulk as orders_bulk
from crm.customers.orders.bulk import OrderResult, upsert_orders
from crm.customers.orders.data import OrderRecord
from crm.customers.orders.reading import date_from
from crm.customers.products.queries import known_products
from crm.database import Row, fetch
from crm.records.chunks import Line, wrong
from crm.records.numbered_chunks import RecordChunks
from crm.records.other_chunks import refused, unknown_customer
from crm.records.parsing import Parsed
from crm.records.tables import Outcome
from crm.records.whose import Customers, Whose, customers_of, named_in
from crm.web.formats import local
from crm.web.i18n import LANGUAGES, speaking

_OUTCOMES = {
    orders_bulk.Outcome.CREATED: Outcome.CREATED, orders_bulk.Outcome.UPDATED: Outcome.UPDATED,
    orders_bulk.Outcome.UNCHANGED: Outcome.UNCHANGED,
}  # fmt: skip
_NUMBERED = ("customer_external_id", "customer_number")


@dataclass(slots=True)
class _Order:
    """The rows of one order, what they say for `upsert_orders`, and whose it is."""

    rows: list[Parsed]
    said: list[dict[str, Any]]
    notes: list[list[tuple[str, str]]]
    whose: Whose | None = None


class OrderChunks(RecordChunks):
    """One import of orders. An order that is there already is left out or changed, as the person has chosen. The rows of an order
    come in one chunk."""

    async def write(self, rows: list[Parsed]) -> list[Line]:
        lines = {row.line: wrong(row) for row in rows if row.errors}
        orders, broken = _gathered(rows)
        for each in broken:
            lines |= {row.line: refused(row, "order_wrong", self._number()) for row in each if not row.errors}
        customers = await customers_of([row for order in orders for row in order.rows])
        there = {} if self.is_changing else await _there(orders)
        todo = []
        for order in orders:
            known = there.get(order.said[0]["number"])
            for line in self._left_out(order, customers, known):
                lines[line.number] = line
            if order.rows[0].line not in lines:
                todo.append(order)
        for line in await self._put(todo):
            lines[line.number] = line
        return [lines[row.line] for row in rows]

    def _number(self) -> str:
        return self.headers.get("number", "number")

    def _left_out(self, order: _Order, customers: Customers, known: Row | None) -> list[Line]:
        """The lines of an order that is not to be written: there already, of nobody known, of somebody restricted."""
        if known is not None:
            return [
                Line(
                    row.line,
                    Outcome.JOINED if place else Outcome.SKIPPED,
                    row.label,
                    "same_order",
                    known.customer,
                    None,
                    known.id,
                )
                for place, row in enumerate(order.rows)
            ]
        naming = next((row for row in order.rows if named_in(row)[0]), None)
        if naming is None:  # an order that is there keeps its customer; for a new one upsert_orders asks
            return []
        order.whose = customers.of(naming)
        if order.whose is None:
            return [
                unknown_customer(row, self.headers) if row is naming else refused(row, "order_wrong", self._number())
                for row in order.rows
            ]
        if order.whose.is_restricted:
            return [Line(row.line, Outcome.SKIPPED, row.label, "restricted") for row in order.rows]
        return []

    async def _put(self, orders: list[_Order]) -> list[Line]:
        await self._fit(orders)
        results = await self._upserted(orders, is_trial=self.is_trial)
        bad = [order for order, each in zip(orders, results, strict=True) if _is_wrong(each)]
        told = {}
        for language in LANGUAGES:
            with speaking(language):
                told[language] = await self._upserted(bad, is_trial=True) if bad else []
        lines = []
        refusals = iter(zip(*(told[language] for language in LANGUAGES), strict=True))
        for order, each in zip(orders, results, strict=True):
            if _is_wrong(each):
                again = dict(zip(LANGUAGES, next(refusals), strict=True))
                lines += [
                    self._refused(order.rows[n], each[n], {code: own[n] for code, own in again.items()})
                    for n in range(len(each))
                ]
            else:
                lines += [_done(order, n, each[n]) for n in range(len(each))]
        return lines

    async def _fit(self, orders: Sequence[_Order]) -> None:
        """What the rows say, as it can be kept: a product that is not in the catalogue is the item's text; a day of delivery
        that lies ahead is a promised one."""
        known = await known_products(row.get("product") for order in orders for row in order.said)
        today = local(self.now).date()
        for order in orders:
            if order.whose is not None:
                order.said[0]["customer_id"] = order.whose.customer_id
            for row, said, notes in zip(order.rows, order.said, order.notes, strict=True):
                product = said.get("product", "")
                if product and product.lower() not in known:
                    del said["product"]
                    said["text"] = " ".join(filter(None, (product, said.get("text", ""))))
                    notes.append(("product_unknown", product[:60]))
                if (on := date_from(said.get("delivered_on", ""))) and on > today and "delivery_due_on" not in said:
                    said["delivery_due_on"] = said.pop("delivered_on")
                    notes.append(("delivery_ahead", ""))
                said |= {code: row.values[code] for code in _NUMBERED if row.values[code]}

    async def _upserted(self, orders: Sequence[_Order], *, is_trial: bool) -> list[list[OrderResult]]:
        """The results of the orders, each with one per row."""
        found = iter(await upsert_orders(
            [said for order in orders for said in order.said], by=self.run.requested_by, now=self.now, language=self.numbers,
            is_trial=is_trial,
        ))  # fmt: skip
        return [[next(found) for _said in order.said] for order in orders]

    def _refused(self, row: Parsed, result: OrderResult, told: Mapping[str, OrderResult]) -> Line:
        errors = {
            language: {self._column(row, name): sentence for name, sentence in (each.errors or result.errors).items()}
            for language, each in told.items()
        }
        return Line(row.line, Outcome.WRONG, row.label, detail={"errors": errors}, cells=row.cells)

    def _column(self, row: Parsed, name: str) -> str:
        """The header of the column that a column of `upsert_orders` came from."""
        if name in ("customer", "customer_id"):
            code = named_in(row)[0]
            return self.headers.get(code, "") if code else ""
        return self.headers.get(name, name)


def _gathered(rows: Sequence[Parsed]) -> tuple[list[_Order], list[list[Parsed]]]:
    """The orders of these rows; and the rows of those that have a row that cannot be read."""
    found: dict[str, list[Parsed]] = {}
    for row in rows:
        if number := row.values.get("order", {}).get("number"):
            found.setdefault(number, []).append(row)
    broken = [each for each in found.values() if any(row.errors for row in each)]
    whole = [each for each in found.values() if not any(row.errors for row in each)]
    return [
        _Order(each, [dict(row.values["order"]) for row in each], [list(row.notes) for row in each]) for each in whole
    ], broken


async def _there(orders: Sequence[_Order]) -> dict[str, Row]:
    """The orders that are there already, by number."""
    numbers = [order.said[0]["number"] for order in orders]
    rows = await fetch("SELECT id, number, customer FROM customer_order WHERE number = ANY($1)", numbers)
    return {row.number: row for row in rows}


def _is_wrong(results: Sequence[OrderResult]) -> bool:
    return results[0].outcome is orders_bulk.Outcome.WRONG


def _done(order: _Order, place: int, result: OrderResult) -> Line:
    """The first row of an order tells what became of it; further ones are its items."""
    row, record = order.rows[place], result.after
    outcome = Outcome.JOINED if place else _OUTCOMES[result.outcome]
    detail: dict[str, Any] = {"notes": [list(note) for note in order.notes[place]]} if order.notes[place] else {}
    if outcome is Outcome.UPDATED and result.before is not None and record is not None:
        detail["order"] = changes(result.before, record)
    customer_id = record.customer_id if record is not None else None
    return Line(row.line, outcome, row.label, "", customer_id, None, result.order_id, detail=detail)


def changes(before: OrderRecord, after: OrderRecord) -> dict[str, list[Any]]:
    """The fields that differ, each as [former, new], as they can be given back."""
    former, new = plain(before), plain(after)
    return {name: [former[name], new[name]] for name in former if former[name] != new[name]}


def plain(record: OrderRecord) -> dict[str, Any]:
    """An order as JSON keeps it; items as product, text, quantity and price."""
    return {
        "number": record.number, "ordered_on": record.ordered_on.isoformat(), "amount": f"{record.amount:.2f}", "currency": record.currency,
        "channel": record.channel, "status": record.status.value,
        "delivered_on": record.delivered_on.isoformat() if record.delivered_on else None,
        "delivery_due_on": record.delivery_due_on.isoformat() if record.delivery_due_on else None,
        "items": [
            [item.product, item.text, f"{item.quantity.normalize():f}", f"{item.price:.2f}" if item.price is not None else None]
            for item in record.items
        ],
    }  # fmt: skip
