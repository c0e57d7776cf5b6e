"""Retiring a topic: open enquiries and whatever names it (rules, text blocks, letter boxes, forms, reasons) take another one;
enquiries that are over and approved answers keep it."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime

from crm.accounts.audit import record, record_many
from crm.database import HIGHEST_ID, Row, execute, fetch, fetch_one, transaction
from crm.errors import Invalid, RuleBroken
from crm.tickets.opening import DEFAULT_TOPIC
from crm.tickets.tables import OPEN_SQL
from crm.tickets.topics.keeping import topic_for
from crm.web.i18n import _

_NAMED_BY_ID = ("topic_rule", "text_block", "contact_reason")
_IN_FORM = "$2 = ANY(string_to_array(topics, ','))"


@dataclass(frozen=True, slots=True)
class TopicUses:
    """How many open enquiries are about a topic, and how many of what else name it."""

    enquiries: int
    rules: int
    blocks: int
    reasons: int
    boxes: int
    forms: int

    @property
    def is_free(self) -> bool:
        return not any(astuple(self))


async def uses_of_topic(topic: Row) -> TopicUses:
    """One statement."""
    row = await fetch_one(
        f"SELECT (SELECT count(*) FROM ticket WHERE topic = $1 AND status IN {OPEN_SQL}) AS enquiries, "
        "(SELECT count(*) FROM topic_rule WHERE topic = $1) AS rules, "
        "(SELECT count(*) FROM text_block WHERE topic = $1) AS blocks, "
        "(SELECT count(*) FROM contact_reason WHERE topic = $1) AS reasons, "
        f"(SELECT count(*) FROM letter_box WHERE topic = $2) AS boxes, (SELECT count(*) FROM web_form WHERE {_IN_FORM}) AS forms",
        topic.id, topic.code,
    )  # fmt: skip
    assert row is not None
    return TopicUses(**dict(row))


async def retire_topic(topic_id: int, replacement_id: int | None, *, by: int, now: datetime) -> None:
    """Open enquiries keep the level they were routed with. Agents' levels stay with the topic they are for. Raises NotFound, Invalid
    without a replacement for what is in use, RuleBroken. Both are locked, the lower number first: two topics that are to take each
    other's place at the same time cannot both be retired."""
    async with transaction():
        ids = [one for one in (topic_id, replacement_id) if one is not None and 0 < one <= HIGHEST_ID]
        await fetch("SELECT id FROM topic WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE", ids)
        topic = await topic_for(topic_id)
        if topic.retired_at is not None:
            raise RuleBroken(_("This is retired already."))
        if topic.code == DEFAULT_TOPIC:
            raise RuleBroken(_("Whatever fits no other topic is about this one. Rename it instead."))
        if replacement_id is not None:
            other = await topic_for(replacement_id)
            if other.id == topic.id or other.retired_at is not None:
                raise Invalid({"replacement": _("Choose another one that is in use.")})
            await _move(topic, other, by=by, now=now)
        elif not (await uses_of_topic(topic)).is_free:
            raise Invalid({"replacement": _("It is in use: choose what takes its place.")})
        await execute("UPDATE topic SET retired_at = $2 WHERE id = $1", topic_id, now)
        await record("topic.retired", "topic", topic_id, by=by, now=now)


async def _move(topic: Row, other: Row, *, by: int, now: datetime) -> None:
    moved = await fetch(
        f"UPDATE ticket SET topic = $2, version = version + 1 WHERE topic = $1 AND status IN {OPEN_SQL} RETURNING id",
        topic.id,
        other.id,
    )
    fields = {"topic": [topic.id, other.id]}
    await record_many("ticket.changed", "ticket", [row.id for row in moved], by=by, now=now, fields=fields)
    for table in _NAMED_BY_ID:
        await execute(f"UPDATE {table} SET topic = $2 WHERE topic = $1", topic.id, other.id)
    await execute("UPDATE letter_box SET topic = $2, version = version + 1 WHERE topic = $1", topic.code, other.code)
    for form in await fetch(f"SELECT id, topics FROM web_form WHERE {_IN_FORM.replace('$2', '$1')}", topic.code):
        codes = dict.fromkeys(other.code if code == topic.code else code for code in form.topics.split(","))
        await execute("UPDATE web_form SET topics = $2, version = version + 1 WHERE id = $1", form.id, ",".join(codes))
