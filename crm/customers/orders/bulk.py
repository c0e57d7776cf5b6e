"""Orders from other programs, thousands at a time: rows of a file or of the API to orders that are created, updated or left
as they are. Sending the same rows again changes nothing.

For imports: `upsert_orders(rows, by=..., now=...)` takes the values of rows by column (COLUMNS; text as people write it, in
German or English, or typed values) and answers one OrderResult per row, in one transaction. Rows with the same number are the
lines of one order and must come in one call (crm/records/order_rows.py cuts a file so that they do). A blank value is not said:
it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from crm.customers.figures import lock_figures
from crm.customers.orders.actions import SAVED, Change, insert_orders, orders_written, record_of, update_orders
from crm.customers.orders.data import MOST_ITEMS, OrderRecord
from crm.customers.orders.forms import ITEM_FIELDS, Known, changed, created, item_of, items_of, order_values
from crm.customers.products.queries import known_products
from crm.database import HIGHEST_ID, Row, fetch, transaction
from crm.errors import Invalid
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.i18n import language as spoken

HEAD = ("number", "ordered_on", "amount", "currency", "channel", "status", "delivered_on", "delivery_due_on")
CUSTOMER = ("customer_id", "customer_number", "customer_external_id", "customer")
"""Whose order it is: by our id, our number, the external id; or `customer`, which is either of the last two."""
COLUMNS = (*CUSTOMER, *HEAD, *ITEM_FIELDS)


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class OrderResult:
    """What became of one row. `errors`: column -> sentence. `before` and `after` are the order as it was and is."""

    outcome: Outcome
    number: str = ""
    order_id: int | None = None
    errors: dict[str, str] = field(default_factory=dict)
    before: OrderRecord | None = None
    after: OrderRecord | None = None


@dataclass(slots=True)
class _Draft:
    """The rows of one order: which they are, what they say, and what is to be done."""

    number: str
    places: list[int]
    rows: list[dict[str, Any]]
    errors: dict[int, dict[str, str]] = field(default_factory=dict)
    before: OrderRecord | None = None
    after: OrderRecord | None = None
    order_id: int | None = None

    def wrong(self, row: int, errors: Mapping[str, str]) -> None:
        for name, sentence in errors.items():
            self.errors.setdefault(row, {}).setdefault(name, sentence)


async def upsert_orders(
    rows: Sequence[Mapping[str, Any]], *, by: int | None, now: datetime, language: str = "", is_trial: bool = False
) -> list[OrderResult]:
    """Create and update the orders of these rows in one transaction, each whole or not at all; answers what became of each
    row. `language` says how amounts are written where that could mean two things ("1.234"); without it, the reader's.
    `is_trial`: only say what would become of them."""
    drafts = _drafts(rows)
    known = await known_products(_named_products(drafts))
    async with transaction():
        customers = await _customers(drafts)
        if not is_trial:
            await lock_figures(await _touched(drafts, customers))
        await _find_saved(drafts, is_trial)
        today = local(now).date()
        for draft in drafts:
            _plan(draft, customers, known, today, language or spoken.get())
        if not is_trial:
            await _write(drafts, by, now)
    return _results(drafts, len(rows))


def _drafts(rows: Sequence[Mapping[str, Any]]) -> list[_Draft]:
    """The rows gathered by the number of their order; one without a number stays alone."""
    found: dict[object, _Draft] = {}
    for place, row in enumerate(rows):
        said = {name: value for name, value in row.items() if name in (*COLUMNS, "items") and _is_said(value)}
        number = _number(row)
        draft = found.setdefault(number or place, _Draft(number, [], []))
        draft.places.append(place)
        draft.rows.append(said)
    return list(found.values())


def _is_said(value: Any) -> bool:
    return value is not None and value != "" and not (isinstance(value, str) and not value.strip())


def _number(row: Mapping[str, Any]) -> str:
    return " ".join(str(row.get("number") or "").replace("\x00", "").split())


def _named_products(drafts: Sequence[_Draft]) -> Iterator[Any]:
    for draft in drafts:
        for row in draft.rows:
            yield row.get("product")
            for item in row.get("items", ())[:MOST_ITEMS]:
                yield item.get("product")


_CUSTOMERS = """
    SELECT id, number, external_id FROM customer
    WHERE deleted_at IS NULL AND restricted_at IS NULL AND (id = ANY($1) OR number = ANY($2) OR external_id = ANY($3))
"""


@dataclass(frozen=True, slots=True)
class _Customers:
    """The customers that rows name; restricted and deleted ones are not among them (GDPR Art. 18)."""

    ids: frozenset[int]
    numbers: dict[str, int]
    external: dict[str, int]

    def named_by(self, row: Mapping[str, Any]) -> tuple[str, int | None]:
        """The column that says whose order it is, and the customer if there is one; '' if no column does."""
        name = next((name for name in CUSTOMER if name in row), "")
        if not name:
            return "", None
        if name == "customer_id":
            found = _id(row[name])
            return name, found if found in self.ids else None
        text = str(row[name]).strip()
        own, theirs = self.numbers.get(text), self.external.get(text)
        return name, {"customer_number": own, "customer_external_id": theirs}.get(name, theirs or own)


def _id(value: Any) -> int | None:
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= HIGHEST_ID else None


async def _customers(drafts: Sequence[_Draft]) -> _Customers:
    rows = [draft.rows[0] for draft in drafts]
    ids = [number for row in rows if "customer_id" in row and (number := _id(row["customer_id"]))]
    texts = {
        name: [_storable(str(row[name])) for row in rows if name in row] for name in CUSTOMER if name != "customer_id"
    }
    either = texts["customer"]
    found = await fetch(_CUSTOMERS, ids, texts["customer_number"] + either, texts["customer_external_id"] + either)
    return _Customers(
        frozenset(row.id for row in found), {row.number: row.id for row in found},
        {row.external_id: row.id for row in found if row.external_id},
    )  # fmt: skip


async def customer_named(fields: Fields) -> int | None:
    """The customer whom the fields name (CUSTOMER), for a single order or quotation; an error stands beside the field."""
    draft = _Draft("", [0], [{name: value for name, value in fields.values.items() if _is_said(value)}])
    return _customer_of(draft, fields, await _customers([draft]))


def _storable(text: str) -> str:
    return text.strip().replace("\x00", "").encode("utf-8", "replace").decode()


async def _touched(drafts: Sequence[_Draft], customers: _Customers) -> set[int]:
    """The customers whose figures may change: those who are named, and whose the orders are."""
    named = {found for draft in drafts if (found := customers.named_by(draft.rows[0])[1])}
    saved = await fetch("SELECT DISTINCT customer FROM customer_order WHERE number = ANY($1)", _numbers(drafts))
    return named | {row.customer for row in saved}


def _numbers(drafts: Sequence[_Draft]) -> list[str]:
    return sorted(_storable(draft.number) for draft in drafts if draft.number)


async def _find_saved(drafts: Sequence[_Draft], is_trial: bool) -> None:
    held = "" if is_trial else " FOR UPDATE OF o"
    rows: list[Row] = await fetch(SAVED + f" WHERE o.number = ANY($1) ORDER BY o.id{held}", _numbers(drafts))
    saved = {row.number: row for row in rows}
    for draft in drafts:
        row = saved.get(draft.number)
        if row is None:
            continue
        draft.order_id, draft.before = row.id, record_of(row)
        if not row.is_open:
            draft.wrong(0, {"number": _("Another order already has this number.")})


def _plan(draft: _Draft, customers: _Customers, known: Known, today: date, language: str) -> None:
    """What the order shall be; or what is wrong, beside the row and the column."""
    head = draft.rows[0]
    fields = Fields(head)
    only = [name for name in HEAD if name in head]
    values = order_values(fields, today=today, language=language, only=only)
    _demand_agreement(draft)
    _read_items(draft, fields, values, known, language)
    customer_id = _customer_of(draft, fields, customers)
    if draft.errors and "amount" not in head:  # lines that cannot be read add up to nothing that could be missed
        values["amount"] = Decimal(0)
    try:
        if draft.before is not None:
            draft.after = changed(fields, draft.before, values)
        else:
            draft.after = created(fields, customer_id or 0, values)
    except Invalid as error:
        draft.wrong(0, error.errors)
    if draft.errors:
        draft.after = None


def _demand_agreement(draft: _Draft) -> None:
    """Further rows of an order bring lines; what they say of the order itself is what its first row says."""
    for n, row in enumerate(draft.rows[1:], start=1):
        for name in (*CUSTOMER, *HEAD):
            if name in row and row[name] != draft.rows[0].get(name, row[name]):
                sentence = _(
                    "The first row of this order says “%(other)s”. Rows with the same number are lines of one order."
                )
                draft.wrong(n, {name: sentence % {"other": str(draft.rows[0][name])[:60]}})


def _read_items(draft: _Draft, fields: Fields, values: dict[str, Any], known: Known, language: str) -> None:
    """The lines: a list in one row (the API), or one line per row (a file)."""
    if "items" in draft.rows[0]:
        values["items"] = items_of(fields, draft.rows[0]["items"], language, known)
        return
    lines = [(n, row) for n, row in enumerate(draft.rows) if any(name in row for name in ITEM_FIELDS)]
    if len(lines) > MOST_ITEMS:
        sentence = _("An order has at most %(limit)s lines; this one has %(n)s. Please put some of them together.")
        draft.wrong(0, {"number": sentence % {"limit": MOST_ITEMS, "n": len(lines)}})
    elif lines:
        items = []
        for n, row in lines:
            line = Fields({name: row[name] for name in ITEM_FIELDS if name in row})
            items.append(item_of(line, language, known))
            draft.wrong(n, line.errors)
        values["items"] = tuple(items)


def _customer_of(draft: _Draft, fields: Fields, customers: _Customers) -> int | None:
    """Whose order it is. An order that is there already keeps its customer."""
    column, found = customers.named_by(draft.rows[0])
    if not column:
        if draft.before is None:
            fields.error("customer", _("Whose order is it? Please give the customer's number or external id."))
    elif found is None:
        fields.error(column, _("There is no customer “%(customer)s”.") % {"customer": str(draft.rows[0][column])[:60]})
    elif draft.before is not None and draft.before.customer_id != found:
        fields.error(column, _("An order with this number belongs to another customer."))
    return found


async def _write(drafts: Sequence[_Draft], by: int | None, now: datetime) -> None:
    new = [(draft, draft.after) for draft in drafts if draft.before is None and draft.after is not None]
    ids = await insert_orders([record for _draft, record in new], by=by, now=now) if new else []
    for (draft, _record), order_id in zip(new, ids, strict=True):
        draft.order_id = order_id
        if order_id is None:  # somebody else wrote it meanwhile
            draft.wrong(0, {"number": _("Another order already has this number.")})
    changes = [
        Change(draft.order_id or 0, draft.before, draft.after)
        for draft in drafts
        if draft.before is not None and draft.after is not None and draft.before != draft.after
    ]
    await update_orders(changes, by=by, now=now)
    customers = {record.customer_id for _draft, record in new} | {change.after.customer_id for change in changes}
    await orders_written(sorted(customers), by=by, now=now)


def _results(drafts: Sequence[_Draft], count: int) -> list[OrderResult]:
    """One result per row; with one wrong row the others of its order are refused too."""
    found: dict[int, OrderResult] = {}
    others = _("Another row of this order is wrong.")
    for draft in drafts:
        for n, place in enumerate(draft.places):
            if draft.errors:
                errors = draft.errors.get(n) or {"number": others}
                found[place] = OrderResult(Outcome.WRONG, draft.number, None, errors)
            else:
                found[place] = OrderResult(_outcome(draft), draft.number, draft.order_id, {}, draft.before, draft.after)
    return [found[place] for place in range(count)]


def _outcome(draft: _Draft) -> Outcome:
    if draft.before is None:
        return Outcome.CREATED
    return Outcome.UNCHANGED if draft.before == draft.after else Outcome.UPDATED
