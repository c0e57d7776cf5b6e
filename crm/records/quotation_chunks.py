"""Writes old quotations, each known by its number. Lists of other programs seldom have a day for every step: what is missing
is taken from the step before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from crm.customers.orders.reading import date_from
from crm.customers.products.queries import known_products
from crm.customers.quotations.actions import change_quotation, create_quotation, stepped, to_minute
from crm.customers.quotations.data import QuotationRecord, SavedQuotation, plain
from crm.customers.quotations.forms import quotation_values
from crm.customers.quotations.queries import quotations_numbered
from crm.customers.quotations.quoting import DECIDED, QuotationStatus
from crm.records.chunks import Line
from crm.records.numbered_chunks import NumberedChunks, changed
from crm.records.other_chunks import unknown_customer
from crm.records.parsing import Parsed
from crm.records.tables import Outcome
from crm.records.whose import CODES, Customers, customers_of, named_in
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import _, zone

Note = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Read:
    values: dict[str, Any]
    record: QuotationRecord
    notes: list[Note]


class QuotationChunks(NumberedChunks[SavedQuotation]):
    """One import of quotations. One that is there already keeps its customer, and what the file leaves blank."""

    customers: Customers
    known: Mapping[str, str]
    twice: set[str]
    """Numbers that stand more than once in the chunk."""

    async def find(self, rows: Sequence[Parsed]) -> Mapping[str, SavedQuotation]:
        said = [row.values["quotation"] for row in rows]
        self.customers = await customers_of(rows)
        self.known = await known_products(name for one in said for name in one.get("products", ()))
        self.twice = {number for number, count in Counter(one["number"] for one in said).items() if count > 1}
        return await quotations_numbered([one["number"] for one in said])

    async def put(self, row: Parsed) -> Line:
        said: dict[str, Any] = row.values["quotation"]
        before = self.there.get(said["number"])
        if before is not None:
            return await self._change(row, said, before)
        whose = self.customers.of(row)
        if whose is None:
            return unknown_customer(row, self.headers) if named_in(row)[0] else self._nobody(row)
        if whose.is_restricted:
            return Line(row.line, Outcome.SKIPPED, row.label, "restricted")
        blank = QuotationRecord(whose.customer_id, "", to_minute(self.now))
        read = self.read(row, lambda: self._read(said, blank, is_new=True))
        if isinstance(read, Line):
            return read
        customer_id, by = whose.customer_id, self.run.requested_by
        if self.is_trial:
            self.there[said["number"]] = SavedQuotation(0, read.record, is_open=True, version=1)
            return _line(row, Outcome.CREATED, customer_id, None, read.notes)
        created = await self.save(row, lambda: create_quotation(customer_id, read.values, by=by, now=self.now))
        if isinstance(created, Line):
            return created
        await self._read_again(said["number"])
        return _line(row, Outcome.CREATED, customer_id, created, read.notes)

    async def _change(self, row: Parsed, said: Mapping[str, Any], before: SavedQuotation) -> Line:
        if not before.is_open:
            return Line(row.line, Outcome.SKIPPED, row.label, "restricted")
        customer_id = before.record.customer_id
        if not self.is_changing:
            return Line(row.line, Outcome.SKIPPED, row.label, "same_quotation", customer_id)
        read = self.read(row, lambda: self._read(said, before.record, is_new=False))
        if isinstance(read, Line):
            return read
        changes = changed(plain(before.record), plain(read.record))
        if not changes:
            return Line(row.line, Outcome.UNCHANGED, row.label, "", customer_id)
        if self.is_trial:
            self.there[said["number"]] = SavedQuotation(before.id, read.record, is_open=True, version=before.version)
        else:
            by = self.run.requested_by
            written = await self.save(row, lambda: change_quotation(before.id, read.values, None, by=by, now=self.now))
            if isinstance(written, Line):
                return written
            await self._read_again(said["number"])
        line = _line(row, Outcome.UPDATED, customer_id, before.id, read.notes)
        line.detail["quotation"] = changes
        return line

    async def _read_again(self, number: str) -> None:
        """What was written is what the next row of the same number meets."""
        if number in self.twice:
            self.there |= await quotations_numbered([number])

    def _nobody(self, row: Parsed) -> Line:
        """A new quotation that names no customer."""
        code = next((code for code in CODES if code in self.headers), CODES[0])
        return self.refused(row, lambda: {code: _("Please fill this in.")})

    def _read(self, said: Mapping[str, Any], before: QuotationRecord, *, is_new: bool) -> _Read:
        """The values of the row and the quotation that they make. Raises Invalid."""
        told = dict(said)
        notes: list[Note] = []
        if is_new:
            told.setdefault("subject", told["number"])
        status = self._course(told, before, notes, is_new=is_new)
        fields = Fields(told)
        values = quotation_values(
            fields, today=local(self.now).date(), language=self.numbers, known=self.known, only=told.keys()
        )
        fields.check()
        if status is QuotationStatus.DECLINED and not (values.get("decline_reason") or before.decline_reason):
            values["decline_reason"] = "other"
            notes.append(("reason_unknown", ""))
        return _Read(values, stepped(before, values, self.now), notes)

    def _course(
        self, told: dict[str, Any], before: QuotationRecord, notes: list[Note], *, is_new: bool
    ) -> QuotationStatus | None:
        """Give each step of a new quotation its moment: the day of the document where it has none of its own. A noon that
        has not come yet is now."""
        for name in ("requested_at", "sent_at", "decided_at"):
            if name in told and told[name] > self.now and local(told[name]).date() == local(self.now).date():
                told[name] = to_minute(self.now)
        check = Fields({"status": told.get("status", "")})
        status = (
            quotation_values(check, today=local(self.now).date(), language=self.numbers, known={}, only=("status",))[
                "status"
            ]
            if "status" in told
            else (QuotationStatus.REQUESTED if is_new else None)
        )
        if not is_new or check.errors:
            return status
        day = date_from(told.get("document_on", ""))
        document = min(datetime.combine(day, time(12), zone.get()), to_minute(self.now)) if day else None
        told.setdefault("requested_at", document or told.get("sent_at") or told.get("decided_at"))
        if told["requested_at"] is None:
            del told["requested_at"]
        elif document is not None and document < told["requested_at"]:
            document = told["requested_at"]
        if status is not QuotationStatus.REQUESTED:
            told.setdefault("sent_at", document or told.get("requested_at"))
        if status in DECIDED and not told.get("decided_at") and told.get("sent_at"):
            told["decided_at"] = told["sent_at"]
            notes.append(("no_decision_day", ""))
        if told.get("sent_at") is None:
            told.pop("sent_at", None)
        return status


def _line(row: Parsed, outcome: Outcome, customer_id: int, record_id: int | None, notes: Sequence[Note]) -> Line:
    detail: dict[str, Any] = {"notes": [list(note) for note in (*row.notes, *notes)]} if row.notes or notes else {}
    return Line(row.line, outcome, row.label, "", customer_id, None, record_id, detail=detail)
