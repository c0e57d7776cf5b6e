"""The catalogue of topics: adding one, giving it another name or level."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from crm.accounts.audit import record
from crm.database import HIGHEST_ID, Lock, Row, fetch_one, fetch_value, take_lock, transaction
from crm.errors import Invalid, NotFound
from crm.service_levels.creating import free_code
from crm.tickets.routing import HIGHEST_LEVEL
from crm.web.forms import Fields
from crm.web.i18n import _


@dataclass(frozen=True, slots=True)
class TopicData:
    """What is said of a topic: its names, the level that it needs, and the least one for a first contact about it."""

    name_de: str
    name_en: str
    level: int
    first_contact_level: int

    @classmethod
    def parse(cls, values: dict[str, Any]) -> TopicData:
        """Raises Invalid with every error; without an English name it has the German one."""
        fields = Fields(values)
        name = fields.text("name_de", required=True, limit=120)
        found = cls(
            name,
            fields.text("name_en", limit=120) or name,
            fields.number("level", low=1, high=HIGHEST_LEVEL, required=True) or 1,
            fields.number("first_contact_level", low=1, high=HIGHEST_LEVEL, required=True) or 1,
        )
        fields.check()
        return found


async def topic_for(topic_id: int) -> Row:
    """Raises NotFound."""
    sql = "SELECT id, code, name_de, name_en, level, first_contact_level, retired_at FROM topic WHERE id = $1"
    row = await fetch_one(sql, topic_id) if 0 < topic_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


async def add_topic(data: TopicData, *, by: int, now: datetime) -> int:
    """A topic for which nobody has a level yet; its id. Raises Invalid for a name that is taken."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        await _demand_own_name(data, 0)
        topic_id = int(
            await fetch_value(
                "INSERT INTO topic (code, name_de, name_en, level, first_contact_level, position) "
                "VALUES ($1, $2, $3, $4, $5, (SELECT coalesce(max(position), 0) + 1 FROM topic)) RETURNING id",
                await free_code("topic", data.name_de), data.name_de, data.name_en, data.level, data.first_contact_level,
            )
        )  # fmt: skip
        await record("topic.added", "topic", topic_id, by=by, now=now)
        return topic_id


async def change_topic(topic_id: int, data: TopicData, *, by: int, now: datetime) -> None:
    """Open enquiries keep the level they were routed with. Raises NotFound, also for one that is retired, and Invalid."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        before = await topic_for(topic_id)
        if before.retired_at is not None:
            raise NotFound()
        await _demand_own_name(data, topic_id)
        changed = {name: [before[name], value] for name, value in asdict(data).items() if before[name] != value}
        if not changed:
            return
        await fetch_value(
            "UPDATE topic SET name_de = $2, name_en = $3, level = $4, first_contact_level = $5 WHERE id = $1 RETURNING id",
            topic_id, data.name_de, data.name_en, data.level, data.first_contact_level,
        )  # fmt: skip
        await record("topic.changed", "topic", topic_id, by=by, now=now, fields=changed)


async def _demand_own_name(data: TopicData, besides: int) -> None:
    same = "SELECT EXISTS (SELECT FROM topic WHERE lower(name_de) = lower($1) AND retired_at IS NULL AND id <> $2)"
    if await fetch_value(same, data.name_de, besides):
        raise Invalid({"name_de": _("There is one of this name already. Choose another name.")})
