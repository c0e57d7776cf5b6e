"""The reads about departments and products, from the very parts that the report's figures are counted from (crm.reports.figures): to
which of them an enquiry belongs is decided there.

Parameters: the seven of figures.py; further ones are told where they are used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from crm.database import Arguments, fetch_one
from crm.errors import NotFound
from crm.reports.dashboard.asking import Asked
from crm.reports.figures import arguments_of, with_shared
from crm.reports.figures_responses import PARTS as RESPONSES
from crm.reports.figures_responses import responses_of
from crm.reports.gathering import score
from crm.reports.places.belonging import ANSWERED, HEARD, PRODUCT_TICKET
from crm.reports.places.shape import (
    AtTouchpoint,
    Heading,
    Numbers,
    Place,
    PlaceFigures,
    Sort,
    Standing,
    Wait,
)
from crm.reports.places.voices import measures_of, points_of
from crm.reports.places.waiting import WAITED, WAITS, waits_of
from crm.reports.shape import Counted
from crm.reports.spans import Span, SpanKind
from crm.touchpoints.statistics import UNCERTAIN_BELOW
from crm.web.i18n import zone

INVITED = RESPONSES["invited"]

Rows = Sequence[Mapping[str, Any]]
Parts = Mapping[str, Rows]

_ALL = f", {PRODUCT_TICKET}, mine AS NOT MATERIALIZED (SELECT * FROM enquired), {HEARD}, {ANSWERED}, {WAITED}"

_STANDINGS = {
    "places": """
        SELECT 'product' AS sort, id::text AS key, code, name_de, name_en, department FROM product
        UNION ALL SELECT 'department', x.name, x.name, x.name, x.name, ''
        FROM (SELECT department FROM touchpoint UNION SELECT department FROM product) x (name) WHERE x.name <> ''
    """,
    "counts": """
        SELECT sort, place, count(*) FILTER (WHERE opened_at >= $1) AS opened,
            count(*) FILTER (WHERE opened_at >= $3 AND opened_at < $1) AS before,
            count(*) FILTER (WHERE opened_at >= $1 AND kind = 'complaint') AS complaints
        FROM mine GROUP BY 1, 2
    """,
    "contacts": """
        SELECT 'department' AS sort, p.department AS place, sum(c.n) AS n FROM touched c JOIN touchpoint p ON p.id = c.touchpoint
        WHERE c.is_this AND p.department <> '' GROUP BY 2
    """,
    "voices": """
        SELECT sort, place, count(*) FILTER (WHERE kind = 'praise') AS praise,
            count(*) FILTER (WHERE kind = 'criticism') AS criticism FROM heard GROUP BY 1, 2
    """,
    "invited": f"""
        SELECT 'department' AS sort, p.department AS place, sum(v.asked)::int AS asked, sum(v.answered)::int AS answered
        FROM ({INVITED}) v JOIN touchpoint p ON p.id = v.touchpoint WHERE v.is_this AND p.department <> '' GROUP BY 2
    """,
    "answers": "SELECT * FROM answered",
    "nameless": "SELECT * FROM nameless",
    "waits": WAITS,
}

# Further parameters: $8 sort, $9 place.
_HERE = "sort = $8 AND place = $9"
_ONE = (
    f", {PRODUCT_TICKET}, mine AS MATERIALIZED (SELECT * FROM enquired WHERE {_HERE}), {HEARD}, {ANSWERED}, {WAITED}, "
    "there AS MATERIALIZED (SELECT * FROM touchpoint WHERE $8 = 'department' AND department = $9)"
)
_NUMBERS = {
    "counts": """
        SELECT count(*) FILTER (WHERE opened_at >= $1) AS opened,
            count(*) FILTER (WHERE opened_at >= $1 AND kind = 'complaint') AS complaints,
            count(*) FILTER (WHERE solved_at >= $1 AND solved_at < $7) AS solved FROM mine
    """,
    "topics": """
        SELECT coalesce(p.code, '') AS code, coalesce(p.name_de, '') AS name_de, coalesce(p.name_en, '') AS name_en,
            count(*) FILTER (WHERE m.opened_at >= $1) AS count, count(*) FILTER (WHERE m.opened_at < $1) AS before
        FROM mine m LEFT JOIN topic p ON p.id = m.topic WHERE m.opened_at >= $3 GROUP BY p.id ORDER BY 4 DESC, 5 DESC, p.position, p.id
    """,
    "causes": """
        SELECT coalesce(cause, '') AS code, count(*) AS count, 0 AS before FROM mine
        WHERE solved_at >= $1 AND solved_at < $7 GROUP BY 1 ORDER BY 2 DESC, 1
    """,
    "kinds": """
        SELECT kind AS code, count(*) FILTER (WHERE opened_at >= $1) AS count, count(*) FILTER (WHERE opened_at < $1) AS before
        FROM mine WHERE opened_at >= $3 GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1
    """,
    "headings": f"""
        SELECT category, heading, count(*) FILTER (WHERE kind = 'praise') AS praise,
            count(*) FILTER (WHERE kind = 'criticism') AS criticism
        FROM heard WHERE {_HERE} GROUP BY 1, 2 ORDER BY 4 DESC, 3 DESC, 1, 2
    """,
    "touchpoints": """
        SELECT t.id, t.code, t.name_de, t.name_en, t.target::float AS target,
            coalesce((SELECT sum(c.n) FROM touched c WHERE c.is_this AND c.touchpoint = t.id), 0) AS contacts
        FROM there t JOIN phase p ON p.id = t.phase ORDER BY p.position, p.id, t.position, t.id
    """,
    "invited": f"SELECT * FROM ({INVITED}) v WHERE v.is_this AND v.touchpoint IN (SELECT id FROM there)",
    "answers": f"SELECT * FROM answered WHERE {_HERE}",
    "nameless": "SELECT * FROM nameless WHERE $8 = 'department' AND place = $9",
    "waits": WAITS,
}  # fmt: skip

_FOUND = """
    SELECT 'product' AS sort, code, id::text AS key, name_de, name_en, department FROM product WHERE $1 = 'product' AND code = $2
    UNION ALL SELECT 'department', $2, $2, $2, $2, '' WHERE $1 = 'department' AND $2 <> '' AND (
        EXISTS (SELECT FROM touchpoint WHERE department = $2) OR EXISTS (SELECT FROM product WHERE department = $2))
"""


async def place_named(sort: Sort, code: str) -> Place:
    """The department of this name, or the product with this code. Raises NotFound for one that no touchpoint and no product has."""
    row = await fetch_one(_FOUND, sort.value, code)
    if row is None:
        raise NotFound()
    return _place(dict(row))


async def standings(asked: Asked, now: datetime) -> list[Standing]:
    """Every department and product about which anything is known in these days; one statement."""
    arguments = arguments_of(asked.span, now, zone.get())
    parts = await _parts(_ALL, _STANDINGS, asked, arguments)
    counts, contacts, voices = (
        {(row["sort"], row["place"]): row for row in parts[name]} for name in ("counts", "contacts", "voices")
    )
    answers, invited = (_by(parts[name], "sort", "place") for name in ("answers", "invited"))
    hidden = {row["place"] for row in parts["nameless"] if row["n"] < UNCERTAIN_BELOW}
    waits = waits_of(parts["waits"])
    found = []
    for row in parts["places"]:
        key = (row["sort"], row["key"])
        if any(key in known for known in (counts, contacts, voices, answers, waits)):
            is_hidden = row["sort"] == Sort.DEPARTMENT and row["key"] in hidden
            counted = {
                **(counts.get(key) or {}),
                **(voices.get(key) or {}),
                "contacts": contacts.get(key, {"n": 0})["n"],
            }
            responses = responses_of(invited[key], lambda _row: True) if row["sort"] == Sort.DEPARTMENT else None
            standing = _standing(_place(row), counted, answers[key], waits, is_hidden)
            found.append(replace(standing, responses=responses))
    return found


async def figures_of_place(place: Place, asked: Asked, now: datetime) -> PlaceFigures:
    """Everything about one place in these days, with the stretch before; four statements."""
    criticism, praise = await points_of(place, asked, now)
    return PlaceFigures(
        place, await numbers(place, asked, now), await numbers(place, replace(asked, span=before(asked.span)), now),
        *criticism, *praise, await measures_of(place, now),
    )  # fmt: skip


async def numbers(place: Place, asked: Asked, now: datetime) -> Numbers:
    """The figures of one place; one statement."""
    arguments = arguments_of(asked.span, now, zone.get())
    arguments(place.sort.value)
    arguments(place.key)
    parts = await _parts(_ONE, _NUMBERS, asked, arguments)
    answers = parts["answers"]
    hidden = {row["touchpoint"] for row in parts["nameless"] if row["n"] < UNCERTAIN_BELOW}
    first, solution = waits_of(parts["waits"]).get((place.sort.value, place.key), (Wait(), Wait()))
    touchpoints = [_touchpoint(row, answers, parts["invited"], hidden) for row in parts["touchpoints"]]
    headings = [Heading(**row) for row in parts["headings"]]
    return Numbers(
        **parts["counts"][0],
        contacts=sum(one.contacts for one in touchpoints),
        satisfaction=None if hidden else score("csat", answers),
        target=_target(answers),
        is_hidden=bool(hidden),
        first=first,
        solution=solution,
        praise=sum(one.praise for one in headings),
        criticism=sum(one.criticism for one in headings),
        headings=headings,
        topics=[Counted(**row) for row in parts["topics"]],
        causes=[Counted(**row) for row in parts["causes"]],
        kinds=[Counted(**row) for row in parts["kinds"]],
        touchpoints=[one for one in touchpoints if one.contacts or one.satisfaction or one.is_hidden],
        responses=responses_of(parts["invited"], lambda row: True) if place.sort is Sort.DEPARTMENT else None,
    )


def before(span: Span) -> Span:
    """The stretch of the same length right before."""
    first = span.back(1)
    if span.kind is SpanKind.MONTH:
        return Span.of_month(first)
    last = span.first - timedelta(days=1)
    return Span(SpanKind.DAYS if span.kind is SpanKind.LATELY else span.kind, first, last)


async def _parts(shared: str, parts: Mapping[str, str], asked: Asked, arguments: Arguments) -> Parts:
    """Several lists in one statement."""
    selected = ", ".join(
        f"(SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM ({sql}) x)::text AS {name}"
        for name, sql in parts.items()
    )
    row = await fetch_one(with_shared(f"{shared} SELECT {selected}", asked.wanted, arguments), *arguments)
    assert row is not None
    return {name: msgspec.json.decode(row[name]) for name in parts}


def _place(row: Mapping[str, Any]) -> Place:
    return Place(Sort(row["sort"]), row["code"], row["key"], row["name_de"], row["name_en"], row["department"])


def _standing(
    place: Place, counted: Mapping[str, Any], answers: Rows, waits: Mapping[tuple[str, str], tuple[Wait, Wait]], is_hidden: bool
) -> Standing:  # fmt: skip
    first, solution = waits.get((place.sort.value, place.key), (Wait(), Wait()))
    return Standing(
        place,
        counted.get("opened", 0),
        counted.get("before", 0),
        counted.get("complaints", 0),
        counted["contacts"],
        counted.get("praise", 0),
        counted.get("criticism", 0),
        satisfaction=None if is_hidden else score("csat", answers),
        target=_target(answers),
        is_hidden=is_hidden,
        first=first,
        solution=solution,
    )


def _touchpoint(row: Mapping[str, Any], answers: Rows, invited: Rows, hidden: set[int]) -> AtTouchpoint:
    is_hidden = row["id"] in hidden
    mine = score("csat", answers, lambda one: one["touchpoint"] == row["id"])
    return AtTouchpoint(
        row["code"], row["name_de"], row["name_en"], row["target"], row["contacts"], None if is_hidden else mine, is_hidden,
        responses_of(invited, lambda one: one["touchpoint"] == row["id"]),
    )  # fmt: skip


def _target(answers: Rows) -> float | None:
    """The targets of the touchpoints, each as often as customers answered about it."""
    aimed = [(row["n"], row["target"]) for row in answers if row["target"] is not None]
    n = sum(count for count, _target in aimed)
    return sum(count * target for count, target in aimed) / n if n else None


def _by(rows: Iterable[Mapping[str, Any]], *names: str) -> defaultdict[tuple[Any, ...], list[Mapping[str, Any]]]:
    found: defaultdict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in names)].append(row)
    return found
