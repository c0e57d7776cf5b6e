"""Changes to a user: by an administrator, by themselves, and the end of their access. Nobody changes unseen what
somebody else has just saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.accounts import audit
from crm.accounts.actions import end_access
from crm.accounts.permissions import Role
from crm.database import Lock, Row, execute, fetch_one, fetch_value, take_lock, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound, RuleBroken
from crm.web.i18n import N_, _

LABELS = {
    "email": N_("E-mail address"),
    "name": N_("Name"),
    "role": N_("Role"),
    "team": N_("Team"),
    "language": N_("Language"),
    "theme": N_("Appearance"),
    "single_keys": N_("Single keys"),
}
_COLUMNS = "id, email, name, role, team, language, theme, single_keys, deactivated_at, version"


async def change_user(user_id: int, changes: Mapping[str, Any], version: int, *, by: int, now: datetime) -> None:
    """Change some of email, name, role, team, language, theme, single_keys. A new role takes effect with the next click.

    Raises NotFound, Conflict (somebody saved meanwhile), Invalid (address taken, no such team) and RuleBroken: the last
    administrator stays one.
    """
    unknown = set(changes) - set(LABELS)
    if unknown:
        raise ValueError(f"not to be changed here: {sorted(unknown)}")
    async with transaction():
        before = await _locked(user_id)
        if before.version != version:
            raise _conflict(before, changes)
        differing = {name: value for name, value in changes.items() if before[name] != value}
        if not differing:
            return
        if "role" in differing and before.role == Role.ADMINISTRATOR:
            await _demand_other_administrator(user_id)
        await _demand_possible(user_id, differing)
        assignments = ", ".join(f"{name} = ${place}" for place, name in enumerate(differing, 2))
        await execute(
            f"UPDATE staff SET {assignments}, version = version + 1 WHERE id = $1", user_id, *differing.values()
        )
        await audit.record(
            "user.changed", "user", user_id, by=by, now=now,
            fields=audit.changes({name: before[name] for name in differing}, differing),
        )  # fmt: skip


async def _locked(user_id: int) -> Row:
    row = await fetch_one(f"SELECT {_COLUMNS} FROM staff WHERE id = $1 FOR NO KEY UPDATE", user_id)
    if row is None:
        raise NotFound()
    return row


async def _demand_possible(user_id: int, differing: Mapping[str, Any]) -> None:
    if "email" in differing and await fetch_value(
        "SELECT 1 FROM staff WHERE email = $1 AND id <> $2", differing["email"], user_id
    ):
        raise Invalid({"email": _("There is already a user with this address.")})
    team = differing.get("team")
    if team is not None and not await fetch_value("SELECT 1 FROM team WHERE id = $1 FOR SHARE", team):
        raise Invalid({"team": _("This team does not exist any more.")})


async def _demand_other_administrator(user_id: int) -> None:
    """Somebody must be able to let others in. The lock keeps two administrators from demoting each other at once."""
    await take_lock(Lock.ADMINISTRATORS)
    others = await fetch_value(
        "SELECT count(*) FROM staff WHERE role = 'administrator' AND deactivated_at IS NULL AND password_hash <> '' AND id <> $1",
        user_id,
    )
    if not others:
        raise RuleBroken(_("This is the last administrator who can log in. Make somebody else an administrator first."))


def _conflict(before: Row, changes: Mapping[str, Any]) -> Conflict:
    differences = [
        Difference(name, _(LABELS[name]), str(before[name]), str(value))
        for name, value in changes.items()
        if before[name] != value
    ]
    return Conflict(_("Somebody changed this user while you were working on it."), differences, before.version)


async def deactivate_user(user_id: int, *, by: int, now: datetime) -> None:
    """End a user's access: sessions, API tokens and links end at once, the name stays in the history. What they were
    responsible for is handed over by `crm.reminders.handover`, in the same transaction.

    Raises NotFound and RuleBroken (oneself, the last administrator, already done).
    """
    async with transaction():
        before = await _locked(user_id)
        if user_id == by:
            raise RuleBroken(_("You cannot deactivate yourself. Ask another administrator."))
        if before.deactivated_at is not None:
            raise RuleBroken(_("%(name)s is deactivated already.") % {"name": before.name})
        if before.role == Role.ADMINISTRATOR:
            await _demand_other_administrator(user_id)
        await execute("UPDATE staff SET deactivated_at = $2, version = version + 1 WHERE id = $1", user_id, now)
        await end_access(user_id, now=now, tokens=True)
        await audit.record("user.deactivated", "user", user_id, by=by, now=now)


async def reactivate_user(user_id: int, *, by: int, now: datetime) -> None:
    """Let a deactivated user in again, with role and password of before, or by a link. Raises NotFound."""
    async with transaction():
        before = await _locked(user_id)
        if before.deactivated_at is None:
            return
        await execute("UPDATE staff SET deactivated_at = NULL, version = version + 1 WHERE id = $1", user_id)
        await audit.record("user.reactivated", "user", user_id, by=by, now=now)


async def add_team(name: str, *, by: int, now: datetime) -> int:
    """A new team. Raises Invalid if there is one of this name."""
    async with transaction():
        team_id = await fetch_value("INSERT INTO team (name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id", name)
        if team_id is None:
            raise Invalid({"team_name": _("There is already a team of this name.")}, {"team_name": name})
        await audit.record("team.added", "team", team_id, by=by, now=now, fields={"name": [None, name]})
    return int(team_id)


async def remove_team(team_id: int, *, by: int, now: datetime) -> None:
    """Remove a team without members. Raises NotFound and RuleBroken."""
    async with transaction():
        name = await fetch_value("SELECT name FROM team WHERE id = $1 FOR UPDATE", team_id)
        if name is None:
            raise NotFound()
        if await fetch_value("SELECT 1 FROM staff WHERE team = $1 LIMIT 1", team_id):
            raise RuleBroken(_("This team still has members. Put them into another team first."))
        await execute("DELETE FROM team WHERE id = $1", team_id)
        await audit.record("team.removed", "team", team_id, by=by, now=now, fields={"name": [name, None]})
