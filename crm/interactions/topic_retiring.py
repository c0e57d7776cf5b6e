"""Retiring a topic: open enquiries and whatever names it (rules, text blocks, letter boxes, forms, reasons) take another one;
enquiries that are over and approved answers keep it."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime

from crm.accounts.audit import record
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
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
    without a replacement for what is in use, RuleBroken."""
    async with transaction():
        await fetch_value("SELECT id FROM topic WHERE id = $1 FOR UPDATE", topic_id)
        topic = await topic_for(topic_id)
        if topic.retired_at is not None:
            raise RuleBroken(_("This is retired already."))
        if topic.code == DEFAULT_TOPIC:
            raise RuleBroken(_("Whatever fits no other topic is about this one. Rename it instead."))
        if replacement_id is not None:
            other = await topic_for(replacement_id)
            if other.id == topic.id or other.retired_at is not None:
                raise Invalid({"replacement": _("Choose another one that is in use.")})
            await _move(topic, other)
        elif not (await uses_of_topic(topic)).is_free:
            raise Invalid({"replacement": _("It is in use: choose what takes its place.")})
        await execute("UPDATE topic SET retired_at = $2 WHERE id = $1", topic_id, now)
        await record("topic.retired", "topic", topic_id, by=by, now=now)


async def _move(topic: Row, other: Row) -> None:
    await execute(
        f"UPDATE ticket SET topic = $2, version = version + 1 WHERE topic = $1 AND status IN {OPEN_SQL}",
        topic.id,
        other.id,
    )
    for table in _NAMED_BY_ID:
        await execute(f"UPDATE {table} SET topic = $2 WHERE topic = $1", topic.id, other.id)
    await execute("UPDATE letter_box SET topic = $2, version = version + 1 WHERE topic = $1", topic.code, other.code)
    for form in await fetch(f"SELECT id, topics FROM web_form WHERE {_IN_FORM.replace('$2', '$1')}", topic.code):
        codes = dict.fromkeys(other.code if code == topic.code else code for code in form.topics.split(","))
        await execute("UPDATE web_form SET topics = $2 WHERE id = $1", form.id, ",".join(codes))
