"""The catalogue of reasons for contact: the reads, and the verbs that a lead has. A reason that was used is never deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from anyascii import anyascii

from crm.accounts.audit import changes as audited
from crm.accounts.audit import record
from crm.database import HIGHEST_ID, Lock, Row, execute, fetch, fetch_one, fetch_value, take_lock, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound
from crm.interactions.words import REASON_LABELS
from crm.web.forms import Fields
from crm.web.i18n import _, language

FIELDS = ("name_de", "name_en", "remedy_de", "remedy_en", "is_moment_of_truth", "touchpoint", "topic", "position")
LONGEST_CODE = 50
_REASONS = """
    SELECT r.id, r.code, r.name_de, r.name_en, r.remedy_de, r.remedy_en, r.is_moment_of_truth, r.position, r.retired_at, r.version,
        coalesce(t.code, '') AS touchpoint, coalesce(t.name_{lang}, '') AS touchpoint_name,
        coalesce(k.code, '') AS topic, coalesce(k.name_{lang}, '') AS topic_name
    FROM contact_reason r LEFT JOIN touchpoint t ON t.id = r.touchpoint LEFT JOIN topic k ON k.id = r.topic
"""


def _reasons() -> str:
    return _REASONS.format(lang="de" if language.get() == "de" else "en")


async def contact_reasons(*, retired: bool | None = False) -> list[Row]:
    """The catalogue in its order; `retired` None: all."""
    return await fetch(
        f"{_reasons()} WHERE $1::boolean IS NULL OR (r.retired_at IS NOT NULL) = $1 ORDER BY r.position, r.id", retired
    )


async def reason_for(reason_id: int) -> Row:
    """One reason. NotFound if there is none with this id."""
    row = await fetch_one(f"{_reasons()} WHERE r.id = $1", reason_id) if 0 < reason_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


def reason_values(fields: Fields) -> dict[str, Any]:
    """The values of the form. What has no English text says the German one in both languages. `check()` is the caller's."""
    values: dict[str, Any] = {
        name: fields.text(name, required=name == "name_de", limit=120 if name.startswith("name") else 500)
        for name in ("name_de", "name_en", "remedy_de", "remedy_en")
    }
    values["name_en"] = values["name_en"] or values["name_de"]
    values["remedy_en"] = values["remedy_en"] or values["remedy_de"]
    return values | {
        "is_moment_of_truth": fields.flag("is_moment_of_truth"),
        "touchpoint": fields.text("touchpoint", limit=40),
        "topic": fields.text("topic", limit=40),
        "position": fields.number("position", low=0, high=1000) or 0,
    }


async def create_reason(values: Mapping[str, Any], *, by: int, now: datetime) -> int:
    """A new reason; answers its id. Raises Invalid for a name that is there already, or an unknown touchpoint or topic."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        facts = await _fitting(values, None)
        reason_id = await fetch_value(
            "INSERT INTO contact_reason (code, name_de, name_en, remedy_de, remedy_en, is_moment_of_truth, touchpoint, topic, "
            "position, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) RETURNING id",
            await _free_code(values["name_de"]), *_row(values, facts),
        )  # fmt: skip
        await record("reason.created", "contact_reason", reason_id, by=by, now=now, fields=_told(values))
        return int(reason_id)


async def change_reason(
    reason_id: int, values: Mapping[str, Any], version: int | None, *, by: int, now: datetime
) -> int:
    """Write what differs and answer the version; Conflict if somebody else saved since `version`."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        before = await reason_for(reason_id)
        wanted = {name: values[name] for name in FIELDS if values[name] != before[name]}
        if version is not None and version != before.version:
            sentence = _("Somebody else saved this reason meanwhile. Compare both versions and send yours again.")
            found = [
                Difference(name, _(REASON_LABELS[name]), _shown(before[name]), _shown(value))
                for name, value in wanted.items()
            ]
            raise Conflict(sentence, found, int(before.version))
        if not wanted:
            return int(before.version)
        facts = await _fitting(values, reason_id)
        await execute(
            "UPDATE contact_reason SET name_de = $2, name_en = $3, remedy_de = $4, remedy_en = $5, is_moment_of_truth = $6, "
            "touchpoint = $7, topic = $8, position = $9, version = version + 1 WHERE id = $1",
            reason_id, *_row(values, facts),
        )  # fmt: skip
        old = {name: before[name] for name in wanted}
        await record("reason.changed", "contact_reason", reason_id, by=by, now=now, fields=audited(old, wanted))
        return int(before.version) + 1


async def retire_reason(reason_id: int, is_retired: bool, *, by: int, now: datetime) -> None:
    """A retired reason is no longer offered; it can be brought back. Doing it twice changes nothing."""
    async with transaction():
        changed = await fetch_value(
            "UPDATE contact_reason SET retired_at = $2, version = version + 1 WHERE id = $1 AND (retired_at IS NULL) = $3 "
            "RETURNING id",
            reason_id, now if is_retired else None, is_retired,
        )  # fmt: skip
        if changed is not None:
            action = "reason.retired" if is_retired else "reason.restored"
            await record(action, "contact_reason", reason_id, by=by, now=now)


async def _fitting(values: Mapping[str, Any], reason_id: int | None) -> Row:
    """The ids of touchpoint and topic. Raises Invalid."""
    facts = await fetch_one(
        "SELECT (SELECT id FROM touchpoint WHERE code = $1) AS touchpoint_id, (SELECT id FROM topic WHERE code = $2) AS topic_id, "
        "EXISTS (SELECT FROM contact_reason WHERE lower(name_de) = lower($3) AND id IS DISTINCT FROM $4) AS is_taken",
        values["touchpoint"], values["topic"], values["name_de"], reason_id,
    )  # fmt: skip
    assert facts is not None
    errors = {}
    if facts.is_taken:
        errors["name_de"] = _("There is a reason with this name already.")
    if values["touchpoint"] and facts.touchpoint_id is None:
        errors["touchpoint"] = _("There is no touchpoint with this code.")
    if values["topic"] and facts.topic_id is None:
        errors["topic"] = _("There is no topic with this code.")
    if errors:
        raise Invalid(errors)
    return facts


def _row(values: Mapping[str, Any], facts: Row) -> tuple[Any, ...]:
    texts = (values[name] for name in ("name_de", "name_en", "remedy_de", "remedy_en", "is_moment_of_truth"))
    return (*texts, facts.touchpoint_id, facts.topic_id, values["position"])


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value) or "–"


async def _free_code(name: str) -> str:
    """A code from the name, in small ASCII letters, with a number if it is taken."""
    stem = re.sub(r"[^a-z0-9]+", "_", anyascii(name).lower()).strip("_")[:LONGEST_CODE] or "reason"
    rows = await fetch("SELECT code FROM contact_reason WHERE starts_with(code, $1)", stem)
    taken = {row.code for row in rows}
    return next(code for n in range(1, len(taken) + 2) if (code := stem if n == 1 else f"{stem}_{n}") not in taken)
