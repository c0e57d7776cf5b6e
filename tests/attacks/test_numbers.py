"""Numbers that no column can hold: refused with a sentence, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import msgspec.inspect as shapes
import pytest

from crm.app import create_litestar
from crm.database import fetch_value
from crm.settings import Settings
from tests.browser import Browser
from tests.cast import Cast

WHOSE_SIZE_MATTERS = re.compile(r"(_id|version)$")
NOT_FOUND = {"crm.consents.api.NewConsent.person_id"}
"""What answers 404 for any number that nobody has, as its page does."""


def unbounded(kind: shapes.Type, name: str) -> Iterator[str]:
    """The names of whole numbers in a shape that may be of any size."""
    if isinstance(kind, shapes.IntType) and kind.le is None:
        yield name
    elif isinstance(kind, shapes.StructType):
        for field in kind.fields:
            yield from unbounded(field.type, f"{kind.cls.__module__}.{kind.cls.__name__}.{field.name}")
    elif isinstance(kind, shapes.UnionType):
        for each in kind.types:
            yield from unbounded(each, name)
    elif isinstance(kind, shapes.ListType):
        yield from unbounded(kind.item_type, name)


def test_ids_and_versions_in_bodies_of_the_api_have_a_largest_value() -> None:
    found, seen = set(), 0
    for route in create_litestar(Settings.from_env()).routes:
        for handler in getattr(route, "route_handlers", ()):
            data = handler.parsed_fn_signature.parameters.get("data")
            if not (route.path.startswith("/api/") and data and isinstance(data.annotation, type)):
                continue
            if issubclass(data.annotation, msgspec.Struct):
                seen += 1
                found |= set(unbounded(shapes.type_info(data.annotation), route.path))
    assert seen > 50
    assert [name for name in sorted(found) if name not in NOT_FOUND and WHOSE_SIZE_MATTERS.search(name)] == []


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
async def test_an_id_that_no_record_can_have_is_refused_with_a_sentence(
    browser: Browser, cast: Cast, number: int
) -> None:
    await browser.log_in(cast.ines)
    answer = await browser.api("POST", "/service-levels/1/retirement/preview", {"replacement_id": number})
    assert answer.status_code == 422, answer.text
    assert "replacement_id" in answer.json()["errors"]


async def test_any_other_number_that_no_column_can_hold_is_refused_too(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    rule = {"name": "Rechnung", "topic": "billing", "words": ["rechnung"], "position": 2**40}
    answer = await browser.api("POST", "/topic-rules", rule)
    assert answer.status_code == 422, answer.text
    assert answer.json()["title"] == "invalid"
    assert await fetch_value("SELECT count(*) FROM topic_rule WHERE name = 'Rechnung'") == 0
