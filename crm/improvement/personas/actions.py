"""The verbs of personas: describe one, change it, delete it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.accounts.current import CurrentUser
from crm.customers.lists.views import view_for
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound
from crm.improvement.personas.words import LABELS, PARTS
from crm.web.forms import Fields
from crm.web.i18n import _

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class PersonaData:
    """A persona as somebody describes it. `view_id` is a view of customers that a team shares."""

    name: str
    role: str
    goals: str
    everyday: str
    problems: str
    benefit: str
    information: str
    context: str
    triggers: str
    view_id: int | None

    @classmethod
    def parse(cls, values: dict[str, Any]) -> PersonaData:
        """From a form or an API body. Raises Invalid with all errors."""
        fields = Fields(values)
        data = cls(
            name=fields.text("name", required=True, limit=120), role=fields.text("role", limit=200),
            **{part: fields.text(part, limit=LONGEST, many_lines=True) for part in PARTS}, view_id=fields.reference("view_id"),
        )  # fmt: skip
        fields.check()
        return data

    def recorded(self) -> dict[str, Any]:
        """As the audit trail tells it."""
        return {("view_id" if name == "view_id" else f"persona_{name}"): value for name, value in asdict(self).items()}


async def describe_persona(data: PersonaData, user: CurrentUser, *, now: datetime) -> int:
    """A new persona; its id. Raises Invalid for a view that no team shares."""
    async with transaction():
        await _demand_segment(data.view_id, None, user)
        persona_id = await fetch_value(
            'INSERT INTO persona (name, role, goals, everyday, problems, benefit, information, context, triggers, "view", view_by, '
            "created_by, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, 1) RETURNING id",
            *asdict(data).values(), user.id, now,
        )  # fmt: skip
        told = {name: value for name, value in data.recorded().items() if value not in ("", None)}
        await record("persona.described", "persona", persona_id, by=user.id, now=now, fields=told)
        return int(persona_id)


async def change_persona(persona_id: int, data: PersonaData, version: int, user: CurrentUser, *, now: datetime) -> int:
    """Write what differs; answers the version. Raises NotFound, Invalid, and Conflict with both versions if somebody else changed it
    since `version`."""
    async with transaction():
        row = await _locked(persona_id)
        before = data_of(row)
        old, new = before.recorded(), data.recorded()
        if old == new:
            return int(row.version)
        if version != row.version:
            raise Conflict(_("Somebody else changed this persona meanwhile."), _differences(before, data), row.version)
        await _demand_segment(data.view_id, before.view_id, user)
        await execute(
            "UPDATE persona SET name = $2, role = $3, goals = $4, everyday = $5, problems = $6, benefit = $7, information = $8, "
            'context = $9, triggers = $10, view_by = CASE WHEN "view" IS DISTINCT FROM $11 THEN $12 ELSE view_by END, "view" = $11, '
            "version = version + 1 WHERE id = $1",
            persona_id, *asdict(data).values(), user.id,
        )  # fmt: skip
        await record("persona.changed", "persona", persona_id, by=user.id, now=now, fields=changes(old, new))
        return int(row.version) + 1


async def delete_persona(persona_id: int, *, by: int, now: datetime) -> None:
    """It is gone; that it was there stays in the audit trail. Raises NotFound."""
    async with transaction():
        row = await _locked(persona_id)
        await execute("DELETE FROM persona WHERE id = $1", persona_id)
        await record("persona.deleted", "persona", persona_id, by=by, now=now, fields={"persona_name": row.name})


def data_of(row: Row) -> PersonaData:
    parts = {name: row[name] for name in ("name", "role", *PARTS)}
    return PersonaData(**parts, view_id=row["view"])


async def _locked(persona_id: int) -> Row:
    row = await fetch_one("SELECT * FROM persona WHERE id = $1 FOR UPDATE", persona_id)
    if row is None:
        raise NotFound()
    return row


async def _demand_segment(view_id: int | None, known: int | None, user: CurrentUser) -> None:
    """A view that a team shares; the one that was chosen before stays allowed."""
    if view_id is None or view_id == known:
        return
    try:
        shared = (await view_for(user, view_id)).team is not None
    except NotFound:
        shared = False
    if not shared:
        raise Invalid({"view_id": _("Choose a view of customers that your team shares.")})


def _differences(before: PersonaData, after: PersonaData) -> list[Difference]:
    old, new = asdict(before), asdict(after)
    return [
        Difference(name, _(LABELS[name]), str(old[name] or ""), str(new[name] or ""))
        for name in old
        if old[name] != new[name]
    ]
