"""The catalogue of what agents may decide alone: the reads, and what a lead does to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts.audit import changes as audited
from crm.accounts.audit import record
from crm.database import HIGHEST_ID, Lock, Row, execute, fetch, fetch_one, fetch_value, take_lock, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.tickets.latitude import Matter
from crm.tickets.routing import HIGHEST_LEVEL
from crm.web.forms import Fields
from crm.web.i18n import _, language

LEVELS = range(1, HIGHEST_LEVEL + 1)
LIMITS = tuple(f"limit_{level}_{lang}" for level in LEVELS for lang in ("de", "en"))
TEXTS = ("name_de", "name_en", *LIMITS)
LONGEST = 120

_LATITUDES = """
    SELECT l.id, l.topic, coalesce(t.code, '') AS topic_code, t.name_de AS topic_de, t.name_en AS topic_en, l.position, l.version,
        l.name_de, l.name_en, l.limit_1_de, l.limit_1_en, l.limit_2_de, l.limit_2_en, l.limit_3_de, l.limit_3_en
    FROM latitude l LEFT JOIN topic t ON t.id = l.topic
"""
_ORDER = "ORDER BY t.position NULLS FIRST, l.position, l.id"

FOR_TOPIC = """
    SELECT coalesce(jsonb_agg(to_jsonb(l) ORDER BY l.topic NULLS LAST, l.position, l.id), '[]')::text
    FROM latitude l WHERE l.topic IS NULL OR l.topic = k.topic
"""
"""The matters that count for the ticket `k`, as JSON for `matters_in`; its topic's own come first."""


async def latitudes() -> list[Row]:
    """The whole catalogue: what counts everywhere, then topic by topic."""
    return await fetch(f"{_LATITUDES} {_ORDER}")


async def latitude_for(latitude_id: int) -> Row:
    """One of them. NotFound if there is none with this id."""
    row = await fetch_one(f"{_LATITUDES} WHERE l.id = $1", latitude_id) if 0 < latitude_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


async def level_in(topic_id: int | None, user_id: int) -> int:
    """How deep somebody can go in a topic; 0 if not at all, or without a topic."""
    return await fetch_value('SELECT level FROM competence WHERE topic = $1 AND "user" = $2', topic_id, user_id) or 0


def matters_in(stored: str) -> list[Matter]:
    """What FOR_TOPIC answered, in the language of the moment."""
    return matters(msgspec.json.decode(stored, type=list[dict[str, Any]]))


def matters(rows: Iterable[Mapping[str, Any]]) -> list[Matter]:
    lang = "de" if language.get() == "de" else "en"
    return [Matter(row[f"name_{lang}"], {level: row[f"limit_{level}_{lang}"] for level in LEVELS}) for row in rows]


def latitude_values(fields: Fields) -> dict[str, Any]:
    """The values of the form. What has no English text says the German one in both languages. `check()` is the caller's."""
    values: dict[str, Any] = {name: fields.text(name, required=name == "name_de", limit=LONGEST) for name in TEXTS}
    for name in TEXTS:
        if name.endswith("_en"):
            values[name] = values[name] or values[f"{name[:-2]}de"]
    if not any(values[name] for name in LIMITS):
        fields.error("limit_1_de", _("Say for at least one level how far it goes."))
    return values | {
        "topic_code": fields.text("topic_code", limit=40),
        "position": fields.number("position", low=0, high=1000) or 0,
    }


async def add_latitude(values: Mapping[str, Any], *, by: int, now: datetime) -> int:
    """A new matter; answers its id. Raises Invalid for an unknown topic, or one that is there already for the topic."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        topic = await _fitting(values, None)
        places = ", ".join(f"${number}" for number in range(3, 3 + len(TEXTS)))
        latitude_id = await fetch_value(
            f"INSERT INTO latitude (topic, position, {', '.join(TEXTS)}) VALUES ($1, $2, {places}) RETURNING id",
            topic, values["position"], *(values[name] for name in TEXTS),
        )  # fmt: skip
        await record("latitude.added", "latitude", latitude_id, by=by, now=now, fields=_told(values))
        return int(latitude_id)


async def change_latitude(
    latitude_id: int, values: Mapping[str, Any], version: int | None, *, by: int, now: datetime
) -> None:
    """Write what differs. Raises RuleBroken if somebody else saved since `version` (None: not asked), and as adding does."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        before = await latitude_for(latitude_id)
        if version is not None and version != before.version:
            raise RuleBroken(_("Somebody else saved this meanwhile. Open it again and enter your change once more."))
        wanted = {name: values[name] for name in (*TEXTS, "topic_code", "position") if values[name] != before[name]}
        if not wanted:
            return
        topic = await _fitting(values, latitude_id)
        places = ", ".join(f"{name} = ${number}" for number, name in enumerate(TEXTS, 4))
        await execute(
            f"UPDATE latitude SET topic = $2, position = $3, {places}, version = version + 1 WHERE id = $1",
            latitude_id, topic, values["position"], *(values[name] for name in TEXTS),
        )  # fmt: skip
        fields = audited({name: before[name] for name in wanted}, wanted)
        await record("latitude.changed", "latitude", latitude_id, by=by, now=now, fields=fields)


async def remove_latitude(latitude_id: int, *, by: int, now: datetime) -> None:
    """It is decided by nobody alone any more. A second time changes nothing."""
    async with transaction():
        name = await fetch_value(
            "DELETE FROM latitude WHERE id = $1 RETURNING name_de", latitude_id if 0 < latitude_id <= HIGHEST_ID else 0
        )
        if name is not None:
            await record("latitude.removed", "latitude", latitude_id, by=by, now=now, fields={"name": [name, None]})


async def _fitting(values: Mapping[str, Any], latitude_id: int | None) -> int | None:
    """The id of the topic, None for all topics. Raises Invalid."""
    facts = await fetch_one(
        "SELECT (SELECT id FROM topic WHERE code = $1) AS topic, EXISTS (SELECT FROM latitude l LEFT JOIN topic t ON t.id = l.topic "
        "WHERE lower(l.name_de) = lower($2) AND coalesce(t.code, '') = $1 AND l.id IS DISTINCT FROM $3) AS is_taken",
        values["topic_code"], values["name_de"], latitude_id,
    )  # fmt: skip
    assert facts is not None
    if values["topic_code"] and facts.topic is None:
        raise Invalid({"topic_code": _("There is no topic with this code.")})
    if facts.is_taken:
        raise Invalid({"name_de": _("This stands in the list for the same topic already.")})
    topic: int | None = facts.topic
    return topic


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
