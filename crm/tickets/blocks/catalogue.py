"""What a lead does to text blocks: add, change, retire and bring back one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound
from crm.tickets.blocks.filling import BLOCKS
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, N_, _
from crm.web.pasted import plain_text

FIELDS = ("topic", "name_de", "name_en", "body_de", "body_en")
LABELS = {
    "topic": N_("Topic"), "name_de": N_("Name in German"), "name_en": N_("Name in English"), "body_de": N_("Text in German"),
    "body_en": N_("Text in English"),
}  # fmt: skip
BODY_LIMIT = 10_000


def parse_block(values: Mapping[str, Any]) -> tuple[dict[str, Any], int | None]:
    """A text block as it was typed, `topic` as a code, and the version that was seen. One language must be whole, another one
    whole or empty; every placeholder must be known. Raises Invalid with all errors."""
    fields = Fields(values)
    found: dict[str, Any] = {"topic": fields.text("topic", limit=40)}
    for lang in LANGUAGES:
        found[f"name_{lang}"] = fields.text(f"name_{lang}", limit=120)
        found[f"body_{lang}"] = plain_text(fields.text(f"body_{lang}", limit=BODY_LIMIT, many_lines=True))
    begun = [lang for lang in LANGUAGES if found[f"name_{lang}"] or found[f"body_{lang}"]]
    for lang in begun or ["de"]:
        if not found[f"name_{lang}"]:
            fields.error(f"name_{lang}", _("Please fill this in."))
        if not found[f"body_{lang}"]:
            fields.error(f"body_{lang}", _("Please fill this in."))
        elif wrong := BLOCKS.mistakes(found[f"body_{lang}"], lang):
            fields.error(f"body_{lang}", " ".join(wrong))
    version = fields.number("version", low=0, high=2**31 - 1)
    fields.check()
    return found, version


async def add_text_block(values: Mapping[str, Any], *, by: int, now: datetime) -> int:
    """A new text block; its id. Raises Invalid for an unknown topic."""
    async with transaction():
        block_id = await write_text_block(values, now)
        await record("text_block.added", "text_block", block_id, by=by, now=now, fields=dict(values))
        return block_id


async def change_text_block(
    block_id: int, values: Mapping[str, Any], version: int | None, *, by: int, now: datetime
) -> None:
    """Write what differs. Raises NotFound, Invalid for an unknown topic, or Conflict with both versions if somebody else changed it
    since `version`."""
    async with transaction():
        before = await _locked(block_id)
        old = {name: before["topic_code" if name == "topic" else name] for name in FIELDS}
        different = {name: value for name, value in values.items() if old[name] != value}
        if not different:
            return
        if version is not None and version != before.version:
            rows = [Difference(name, _(LABELS[name]), str(old[name]), str(value)) for name, value in different.items()]
            raise Conflict(_("Somebody else changed this text block meanwhile."), rows, before.version)
        new = old | different
        await execute(
            "UPDATE text_block SET topic = $2, name_de = $3, name_en = $4, body_de = $5, body_en = $6, changed_at = $7, "
            "version = version + 1 WHERE id = $1",
            block_id, await _topic(new["topic"]), new["name_de"], new["name_en"], new["body_de"], new["body_en"], now,
        )  # fmt: skip
        await record("text_block.changed", "text_block", block_id, by=by, now=now, fields=changes(old, new))


async def retire_text_block(block_id: int, retired: bool, *, by: int, now: datetime) -> None:
    """Offer a text block no longer, or again. Doing it twice changes nothing."""
    async with transaction():
        before = await _locked(block_id)
        if (before.retired_at is not None) == retired:
            return
        await execute("UPDATE text_block SET retired_at = $2 WHERE id = $1", block_id, now if retired else None)
        action = "text_block.retired" if retired else "text_block.returned"
        await record(action, "text_block", block_id, by=by, now=now)


async def write_text_block(values: Mapping[str, Any], now: datetime) -> int:
    """Its row alone; the id. Raises Invalid for an unknown topic."""
    return int(
        await fetch_value(
            "INSERT INTO text_block (topic, name_de, name_en, body_de, body_en, changed_at, version) "
            "VALUES ($1, $2, $3, $4, $5, $6, 1) RETURNING id",
            await _topic(values["topic"]), values["name_de"], values["name_en"], values["body_de"], values["body_en"], now,
        )
    )  # fmt: skip


async def _topic(code: str) -> int | None:
    if not code:
        return None
    topic_id = await fetch_value("SELECT id FROM topic WHERE code = $1", code)
    if topic_id is None:
        raise Invalid({"topic": _("There is no topic with this code.")})
    return int(topic_id)


async def _locked(block_id: int) -> Row:
    row = await fetch_one(
        "SELECT b.*, coalesce((SELECT code FROM topic WHERE id = b.topic), '') AS topic_code FROM text_block b WHERE b.id = $1 "
        "FOR UPDATE OF b",
        block_id,
    )
    if row is None:
        raise NotFound()
    return row
