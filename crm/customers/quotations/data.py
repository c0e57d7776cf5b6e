"""A quotation as forms, the API, imports and the table agree on it, and as JSON keeps it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from crm.customers.quotations.quoting import Course, QuotationStatus
from crm.database import Row


@dataclass(frozen=True, slots=True)
class QuotationRecord:
    """A quotation as it is, or shall be, saved. `products` are codes of the catalogue."""

    customer_id: int
    subject: str
    requested_at: datetime
    number: str | None = None
    amount: Decimal | None = None
    currency: str = "EUR"
    document_on: date | None = None
    status: QuotationStatus = QuotationStatus.REQUESTED
    sent_at: datetime | None = None
    decided_at: datetime | None = None
    decline_reason: str = ""
    decision_note: str = ""
    products: tuple[str, ...] = ()

    @property
    def course(self) -> Course:
        return Course(self.status, self.requested_at, self.sent_at, self.decided_at, self.decline_reason, self.number)


COLUMNS = tuple(field.name for field in fields(QuotationRecord) if field.name not in ("customer_id", "products"))


def record_of(row: Row) -> QuotationRecord:
    values = {name: row[name] for name in COLUMNS}
    return QuotationRecord(
        customer_id=row.customer, products=tuple(row.products), **{**values, "status": QuotationStatus(row.status)}
    )


@dataclass(frozen=True, slots=True)
class SavedQuotation:
    """A quotation that is saved. `is_open`: its customer is neither deleted nor restricted."""

    id: int
    record: QuotationRecord
    is_open: bool
    version: int


def plain(record: QuotationRecord) -> dict[str, Any]:
    """A quotation as JSON keeps it, without its customer."""
    values = {name: _as_text(getattr(record, name)) for name in COLUMNS}
    return values | {"products": list(record.products)}


def _as_text(value: Any) -> Any:
    match value:
        case Decimal():
            return f"{value:.2f}"
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case _:
            return value


def from_plain(name: str, value: Any) -> Any:
    """A value of `plain` as it was before."""
    if value is None or name not in (
        "amount",
        "document_on",
        "requested_at",
        "sent_at",
        "decided_at",
        "status",
        "products",
    ):
        return value
    if name == "products":
        return tuple(value)
    if name == "amount":
        return Decimal(value)
    if name == "status":
        return QuotationStatus(value)
    return date.fromisoformat(value) if name == "document_on" else datetime.fromisoformat(value)
