"""How rows of plain SQL are read."""

from __future__ import annotations

import pytest

from crm.database import fetch_one


async def test_a_column_is_an_attribute_of_the_rows_that_have_it(db: None) -> None:
    for _again in range(2):
        row = await fetch_one("SELECT 1 AS counted_here, NULL::text AS empty_here")
        other = await fetch_one("SELECT 2 AS empty_here")
        assert row is not None
        assert other is not None
        assert (row.counted_here, row.empty_here, other.empty_here) == (1, None, 2)
        assert not hasattr(other, "counted_here")
        with pytest.raises(AttributeError, match="counted_here"):
            _ = other.counted_here
