"""The forms of the website: the reads, and the verbs that a lead has. A form is retired, never deleted: what came by it names it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.accounts.audit import changes as audited
from crm.accounts.audit import record
from crm.database import HIGHEST_ID, Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, NotFound
from crm.interactions.web_forms.words import LABELS
from crm.web.i18n import _

FIELDS = (
    "name", "kind", "languages", "title_de", "title_en", "thanks_de", "thanks_en", "privacy_de", "privacy_en", "privacy_url", "asked",
    "demanded", "topics", "takes_files", "origins", "hourly_limit",
)  # fmt: skip
_COLUMNS = f"id, code, retired_at, version, {', '.join(FIELDS)}"
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Letters that are not taken for one another when an address is read out."""


_CODE = re.compile(r"[a-z0-9-]{1,24}")


async def web_forms() -> list[Row]:
    """All forms by name, the retired ones at the end, each with the number of entries of the year that wait or became something."""
    return await fetch(
        f"SELECT {_COLUMNS}, (SELECT count(*) FROM incoming_mail m WHERE m.form = w.id AND m.state = 'filed') AS filed, "
        "(SELECT count(*) FROM incoming_mail m WHERE m.form = w.id AND m.state = 'quarantine') AS waiting "
        "FROM web_form w ORDER BY retired_at IS NOT NULL, lower(name), id"
    )


async def form_for(form_id: int) -> Row:
    """One form. NotFound if there is none with this id."""
    row = (
        await fetch_one(f"SELECT {_COLUMNS} FROM web_form WHERE id = $1", form_id)
        if 0 < form_id <= HIGHEST_ID
        else None
    )
    if row is None:
        raise NotFound()
    return row


async def open_form(code: str) -> Row:
    """The form at a public address. NotFound for a retired one too."""
    statement = f"SELECT {_COLUMNS} FROM web_form WHERE code = $1 AND retired_at IS NULL"
    row = await fetch_one(statement, code) if _CODE.fullmatch(code) else None
    if row is None:
        raise NotFound()
    return row


async def enquiry_form_code() -> str:
    """The public address of the oldest form by which one asks, or nothing without one."""
    code = await fetch_value(
        "SELECT code FROM web_form WHERE kind = 'enquiry' AND retired_at IS NULL ORDER BY id LIMIT 1"
    )
    return str(code or "")


async def create_form(values: Mapping[str, Any], *, by: int, now: datetime) -> int:
    """A new form with an address of its own; answers its id."""
    code = "".join(secrets.choice(_ALPHABET) for _place in range(10))
    async with transaction():
        places = ", ".join(f"${number}" for number in range(2, len(FIELDS) + 2))
        form_id = await fetch_value(
            f"INSERT INTO web_form (code, {', '.join(FIELDS)}, version) VALUES ($1, {places}, 1) RETURNING id",
            code, *(values[name] for name in FIELDS),
        )  # fmt: skip
        await record("web_form.created", "web_form", form_id, by=by, now=now, fields=_told(values))
        return int(form_id)


async def change_form(form_id: int, values: Mapping[str, Any], version: int | None, *, by: int, now: datetime) -> int:
    """Write what differs and answer the version. Raises NotFound, and Conflict if somebody else saved since `version`."""
    async with transaction():
        before = await fetch_one(f"SELECT {_COLUMNS} FROM web_form WHERE id = $1 FOR UPDATE", form_id)
        if before is None:
            raise NotFound()
        wanted = {name: values[name] for name in FIELDS if values[name] != before[name]}
        if version is not None and version != before.version:
            found = [Difference(name, _(LABELS[name]), str(before[name]), str(value)) for name, value in wanted.items()]
            raise Conflict(_("Somebody else saved this form meanwhile."), found, int(before.version))
        if not wanted:
            return int(before.version)
        sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(wanted, 2))
        await execute(f"UPDATE web_form SET {sets}, version = version + 1 WHERE id = $1", form_id, *wanted.values())
        old = {name: before[name] for name in wanted}
        await record("web_form.changed", "web_form", form_id, by=by, now=now, fields=audited(_told(old), _told(wanted)))
        return int(before.version) + 1


async def retire_form(form_id: int, is_retired: bool, *, by: int, now: datetime) -> None:
    """A retired form is not there for anybody outside; it can be brought back. Doing it twice changes nothing."""
    async with transaction():
        changed = await fetch_value(
            "UPDATE web_form SET retired_at = $2, version = version + 1 WHERE id = $1 AND (retired_at IS NULL) = $3 RETURNING id",
            form_id, now if is_retired else None, is_retired,
        )  # fmt: skip
        if changed is not None:
            await record("web_form.retired" if is_retired else "web_form.restored", "web_form", form_id, by=by, now=now)


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit trail keeps: the fields, under names that stand for nothing else there."""
    return {f"form_{name}": value for name, value in values.items()}
