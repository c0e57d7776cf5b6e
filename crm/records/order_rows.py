"""Rows of one order belong together: before anything is written it is made sure that they follow each other."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from crm.customers.orders.data import MOST_ITEMS
from crm.records.reading import Fault, FileProblem, RawRow, Table
from crm.records.values import plain

MOST_SORTED = 50_000
"""Rows of a file that is put in order here; a longer one its owner must sort."""


class _OrderTable:
    """A file of orders whose rows are in order. An order with too many items is marked as wrong in each of its rows."""

    def __init__(self, table: Table, place: int, too_long: dict[str, int], in_order: Sequence[RawRow] | None) -> None:
        self.kind, self.columns, self.about, self.sheets = table.kind, table.columns, table.about, table.sheets
        self._table, self._place, self._too_long, self._in_order = table, place, too_long, in_order

    def rows(self) -> Iterator[RawRow]:
        rows = self._table.rows() if self._in_order is None else iter(self._in_order)
        return map(self._checked, rows) if self._too_long else rows

    def _checked(self, row: RawRow) -> RawRow:
        count = self._too_long.get(_number(row, self._place))
        if count is None or row.fault is not None:
            return row
        return replace(row, fault=Fault("too_many_items", self._place, {"n": count, "limit": MOST_ITEMS}))


def gathered(table: Table, fields: Sequence[str], most_rows: int) -> tuple[Table, int]:
    """The same table with the rows of each order behind each other, in the order of their first rows; and how many rows there
    are. Raises FileProblem if they are scattered over a file that is too long to be sorted here."""
    place = fields.index("number")
    total, stretches, too_long = _looked_through(table, place, most_rows)
    apart = {one for one, other in pairwise(sorted(stretches)) if one == other}
    if not apart:
        return _OrderTable(table, place, too_long, None), total
    if total > MOST_SORTED:
        raise FileProblem("orders_apart", **_where(table, place, apart))
    found: dict[object, list[RawRow]] = {}
    for row in table.rows():
        found.setdefault(_number(row, place) or row.line, []).append(row)
    too_long = {str(key): len(rows) for key, rows in found.items() if isinstance(key, str) and len(rows) > MOST_ITEMS}
    return _OrderTable(table, place, too_long, [row for rows in found.values() for row in rows]), total


def pieces_of_orders(rows: Iterator[RawRow], fields: Sequence[str], size: int) -> Iterator[list[RawRow]]:
    """About `size` rows at a time, cut between two orders. Longer orders than there may be are wrong anyway, and cut."""
    place = fields.index("number")
    piece: list[RawRow] = []
    last = ""
    for row in rows:
        number = _number(row, place)
        if len(piece) >= size and (number != last or not number or len(piece) >= size + MOST_ITEMS):
            yield piece
            piece = []
        piece.append(row)
        last = number
    if piece:
        yield piece


def _number(row: RawRow, place: int) -> str:
    return " ".join(plain(row.cells[place]).split())


def _looked_through(table: Table, place: int, most_rows: int) -> tuple[int, array[int], dict[str, int]]:
    """How many rows there are; a stretch of rows with the same number each (their hashes); and orders with too many rows."""
    stretches: array[int] = array("q")
    long: Counter[str] = Counter()
    total, last, length = 0, "", 0
    for total, row in enumerate(table.rows(), 1):
        if total > most_rows:
            raise FileProblem("too_many_rows", limit=most_rows)
        number = _number(row, place)
        length = length + 1 if number == last else 1
        if number and length == 1:
            stretches.append(hash(number))
        if number and length > MOST_ITEMS:
            long[number] = length
        last = number
    return total, stretches, dict(long)


def _where(table: Table, place: int, apart: set[int]) -> dict[str, str | int]:
    """The first order whose rows stand apart, for the sentence: its number, and the lines where two of its stretches begin."""
    first: dict[str, int] = {}
    last = ""
    for row in table.rows():
        number = _number(row, place)
        if number and number != last and hash(number) in apart:
            if number in first:
                return {"number": number[:60], "first": first[number], "again": row.line}
            first[number] = row.line
        last = number
    raise AssertionError
