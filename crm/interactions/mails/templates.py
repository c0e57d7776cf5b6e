"""The verbs about templates and signatures: add, change, retire and bring back a template; say how one signs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, NotFound
from crm.interactions.mails.words import label
from crm.web.i18n import _

FIELDS = ("purpose", "name_de", "name_en", "subject_de", "subject_en", "body_de", "body_en")
SIGNING = ("phone", "signature_de", "signature_en")


async def add_template(values: Mapping[str, Any], *, by: int, now: datetime) -> int:
    """A new template, behind the others; its id."""
    async with transaction():
        new = await fetch_value(
            "INSERT INTO mail_template (purpose, name_de, name_en, subject_de, subject_en, body_de, body_en, position, changed_at, "
            "version) SELECT $1, $2, $3, $4, $5, $6, $7, coalesce(max(position) + 1, 0), $8, 1 FROM mail_template RETURNING id",
            *(values[name] for name in FIELDS), now,
        )  # fmt: skip
        await record("mail_template.added", "mail_template", new, by=by, now=now, fields=dict(values))
        return int(new)


async def change_template(
    template_id: int, values: Mapping[str, Any], version: int | None, *, by: int, now: datetime
) -> None:
    """Write what differs. Raises NotFound, or Conflict with both versions if somebody else changed it since `version`."""
    async with transaction():
        before = await _locked(template_id)
        old = {name: before[name] for name in FIELDS}
        different = {name: value for name, value in values.items() if old[name] != value}
        if not different:
            return
        if version is not None and version != before.version:
            rows = [Difference(name, label(name), str(old[name]), str(value)) for name, value in different.items()]
            raise Conflict(_("Somebody else changed this template meanwhile."), rows, before.version)
        await execute(
            "UPDATE mail_template SET purpose = $2, name_de = $3, name_en = $4, subject_de = $5, subject_en = $6, body_de = $7, "
            "body_en = $8, changed_at = $9, version = version + 1 WHERE id = $1",
            template_id, *((old | different)[name] for name in FIELDS), now,
        )  # fmt: skip
        await record(
            "mail_template.changed", "mail_template", template_id, by=by, now=now, fields=changes(old, old | different)
        )


async def retire_template(template_id: int, retired: bool, *, by: int, now: datetime) -> None:
    """Offer a template no longer, or again. Doing it twice changes nothing."""
    async with transaction():
        before = await _locked(template_id)
        if (before.retired_at is not None) == retired:
            return
        await execute("UPDATE mail_template SET retired_at = $2 WHERE id = $1", template_id, now if retired else None)
        action = "mail_template.retired" if retired else "mail_template.returned"
        await record(action, "mail_template", template_id, by=by, now=now)


async def _locked(template_id: int) -> Row:
    row = await fetch_one("SELECT * FROM mail_template WHERE id = $1 FOR UPDATE", template_id)
    if row is None:
        raise NotFound()
    return row


async def change_sender(user_id: int, values: Mapping[str, str], *, now: datetime) -> None:
    """Say how one signs, and under which number customers reach one. It is everybody's own."""
    async with transaction():
        before = await fetch_one(
            'SELECT phone, signature_de, signature_en FROM mail_sender WHERE "user" = $1 FOR UPDATE', user_id
        )
        old = {name: before[name] if before else "" for name in SIGNING}
        if different := changes(old, dict(values)):
            await execute(
                'INSERT INTO mail_sender ("user", phone, signature_de, signature_en) VALUES ($1, $2, $3, $4) '
                'ON CONFLICT ("user") DO UPDATE SET phone = $2, signature_de = $3, signature_en = $4',
                user_id, *(values[name] for name in SIGNING),
            )  # fmt: skip
            await record("user.signature", "user", user_id, by=user_id, now=now, fields=different)
