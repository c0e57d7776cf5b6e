"""The verbs that keep the catalogue of attributes: define, change, retire, use again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.consents.tables import LegalBasis
from crm.database import execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound
from crm.profiles.definitions import Definition
from crm.profiles.forms import FIXED, LABELS, AttributeData, PurposeChoice, choices_text
from crm.profiles.queries import definition_named
from crm.web.i18n import _

COLUMNS = (
    "name_de", "name_en", "hint_de", "hint_en", "kind", "data_type", "about", "purpose", "legal_basis", "basis_note",
    "retention", "retention_unit", "roles", "is_special",
)  # fmt: skip


async def purpose_choices() -> dict[str, PurposeChoice]:
    """The purposes that an attribute can serve; not those of messages to our own staff."""
    rows = await fetch(
        "SELECT p.code, p.name_de, p.name_en, p.legal_basis, EXISTS (SELECT FROM wording w WHERE w.purpose = p.id) AS has_wording "
        "FROM purpose p WHERE p.legal_basis <> $1 ORDER BY p.position, p.id",
        LegalBasis.INTERNAL.value,
    )  # fmt: skip
    return {
        row.code: PurposeChoice(row.code, row.name_de, row.name_en, row.legal_basis, row.has_wording) for row in rows
    }


async def define_attribute(data: AttributeData, *, by: int | None, now: datetime) -> str:
    """A new attribute at the end of the catalogue; answers its code. Raises Invalid if there is one with this code."""
    async with transaction():
        wanted = _columns(data)
        new = await fetch_value(
            f"INSERT INTO attribute (code, position, created_at, version, {', '.join(wanted)}) "
            "SELECT $1, coalesce(max(position) + 1, 0), $2, 1, "
            f"{', '.join(f'${place}' for place in range(3, 3 + len(wanted)))} FROM attribute "
            "ON CONFLICT (code) DO NOTHING RETURNING id",
            data.code, now, *wanted.values(),
        )  # fmt: skip
        if new is None:
            raise Invalid({"code": _("There is already an attribute with this code.")})
        await _set_choices(int(new), data, now)
        if by is not None:  # what a company starts with, nobody has defined
            told = {name: value for name, value in _told(wanted, data).items() if value not in ("", False)}
            told["attribute"] = data.code
            await record("attribute.defined", "attribute", int(new), by=by, now=now, fields=told)
        return data.code


async def change_attribute(code: str, data: AttributeData, version: int, *, by: int | None, now: datetime) -> int:
    """Write what differs; the new version. Raises NotFound, Conflict if somebody saved meanwhile, and Invalid where values
    stand in the way of another purpose, basis or type."""
    async with transaction():
        await execute("SELECT FROM attribute WHERE code = $1 FOR UPDATE", code)
        before = await definition_named(code)
        wanted = _columns(data)
        saved = _columns(before)
        told_before, told_after = _told(saved, before), _told(wanted, data)
        differing = changes(told_before, told_after)
        if version != before.version:
            raise Conflict(
                _("Somebody changed this attribute while you were working on it."),
                [Difference(name, _(LABELS[name]), str(old), str(new)) for name, (old, new) in differing.items()],
                before.version,
            )
        if not differing:
            return before.version
        if before.values and (fixed := set(differing) & set(FIXED)):
            sentence = _("There are values already, given for this purpose. Retire the attribute and define a new one.")
            raise Invalid(dict.fromkeys(sorted(fixed), sentence))
        await execute(
            f"UPDATE attribute SET {', '.join(f'{name} = ${place}' for place, name in enumerate(wanted, 2))}, "
            "version = version + 1 WHERE id = $1",
            before.id, *wanted.values(),
        )  # fmt: skip
        await _set_choices(before.id, data, now)
        await record(
            "attribute.changed", "attribute", before.id, by=by, now=now, fields={"attribute": code, **differing}
        )
        return before.version + 1


async def retire_attribute(code: str, *, by: int | None, now: datetime) -> None:
    """From now on it is neither shown nor used; its values go in the night. Raises NotFound."""
    await _set_retired(code, True, by=by, now=now)


async def reuse_attribute(code: str, *, by: int | None, now: datetime) -> None:
    """Use a retired attribute again; values that are still there are shown again. Raises NotFound."""
    await _set_retired(code, False, by=by, now=now)


async def _set_retired(code: str, retired: bool, *, by: int | None, now: datetime) -> None:
    async with transaction():
        row = await fetch_one("SELECT id, retired_at FROM attribute WHERE code = $1 FOR UPDATE", code)
        if row is None:
            raise NotFound()
        if (row.retired_at is not None) == retired:
            return
        await execute(
            "UPDATE attribute SET retired_at = $2, version = version + 1 WHERE id = $1",
            row.id,
            now if retired else None,
        )
        action = "attribute.retired" if retired else "attribute.reused"
        await record(action, "attribute", row.id, by=by, now=now, fields={"attribute": code})


async def _set_choices(attribute_id: int, data: AttributeData, now: datetime) -> None:
    """What is not named any more is retired: values that have it keep it."""
    for position, one in enumerate(data.choices):
        await execute(
            "INSERT INTO attribute_choice (attribute, code, name_de, name_en, position) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (attribute, code) DO UPDATE SET name_de = $3, name_en = $4, position = $5, retired_at = NULL",
            attribute_id, one.code, one.name_de, one.name_en, position,
        )  # fmt: skip
    await execute(
        "UPDATE attribute_choice SET retired_at = $3 WHERE attribute = $1 AND retired_at IS NULL AND NOT code = ANY($2)",
        attribute_id, [one.code for one in data.choices], now,
    )  # fmt: skip


def _columns(data: AttributeData | Definition) -> dict[str, Any]:
    values = {name: getattr(data, name) for name in COLUMNS}
    return {**values, "roles": ",".join(sorted(data.roles))}


def _told(columns: dict[str, Any], data: AttributeData | Definition) -> dict[str, Any]:
    """The values as the audit trail and a conflict show them."""
    return {**columns, "choices": choices_text(data.choices)}
