"""Writes the rows of a catalogue of products, each known by its code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm.customers.products.actions import change_product, create_product, product_values
from crm.customers.products.queries import products_coded
from crm.database import Row
from crm.records.chunks import Line
from crm.records.numbered_chunks import NumberedChunks, changed
from crm.records.parsing import Parsed
from crm.records.tables import Outcome
from crm.web.forms import Fields


class ProductChunks(NumberedChunks[Mapping[str, Any]]):
    """One import of products. What the file leaves blank stays as it is."""

    async def find(self, rows: Sequence[Parsed]) -> Mapping[str, Row]:
        return await products_coded([row.values["product"]["code"] for row in rows])

    async def put(self, row: Parsed) -> Line:
        said: dict[str, str] = row.values["product"]
        key = said["code"].lower()
        before = self.there.get(key)
        if before is not None and not self.is_changing:
            return Line(row.line, Outcome.SKIPPED, row.label, "same_product")
        read = self.read(row, lambda: _values(said, is_new=before is None))
        if isinstance(read, Line):
            return read
        by = self.run.requested_by
        if before is None:
            record_id: int | Line | None = None
            if not self.is_trial:
                record_id = await self.save(row, lambda: create_product(read, by=by, now=self.now))
            if isinstance(record_id, Line):
                return record_id
            self.there[key] = {**read, "id": record_id}
            return Line(row.line, Outcome.CREATED, row.label, record_id=record_id)
        changes = changed(before, {name: text for name, text in read.items() if name != "code"})
        if not changes:
            return Line(row.line, Outcome.UNCHANGED, row.label)
        if not self.is_trial:
            new = {name: text for name, (_former, text) in changes.items()}
            written = await self.save(row, lambda: change_product(before["id"], new, None, by=by, now=self.now))
            if isinstance(written, Line):
                return written
        self.there[key] = {**before, **read}
        return Line(row.line, Outcome.UPDATED, row.label, record_id=before["id"], detail={"product": changes})


def _values(said: Mapping[str, str], *, is_new: bool) -> dict[str, str]:
    """The values of the row. A new product with a name in one language only has it in both."""
    fields = Fields({"name_de": said.get("name_en", ""), **said} if is_new else dict(said))
    values = product_values(fields, None if is_new else said.keys())
    fields.check()
    return values
