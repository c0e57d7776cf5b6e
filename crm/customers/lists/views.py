"""Saved views: a list of customers under a name, one's own or the team's; and how somebody's list looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Role
from crm.customers.lists.columns import USUAL, chosen
from crm.customers.lists.listing import ListView
from crm.database import HIGHEST_ID, Row, decoded, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.text import readable_query
from crm.web.forms import Fields
from crm.web.i18n import _

MOST_VIEWS = 100
NAME_LENGTH = 80

_VIEW = """
    SELECT v.id, v.name, v.query, v.owner, o.name AS owner_name, v.team, t.name AS team_name, v.version, v.created_at,
        v.id = (SELECT start_view FROM list_setting WHERE "user" = $1) AS is_start
    FROM saved_view v JOIN staff o ON o.id = v.owner LEFT JOIN team t ON t.id = v.team
    WHERE (v.owner = $1 OR v.team = $2)
"""


@dataclass(frozen=True, slots=True)
class ViewData:
    """What somebody says a view is."""

    name: str
    query: str
    is_shared: bool = False
    is_start: bool = False

    @classmethod
    def parse(cls, fields: Fields) -> ViewData:
        """From a form or an API body; the query is stored in its usual form, without what no list knows."""
        name = fields.text("name", required=True, limit=NAME_LENGTH)
        query = readable_query(ListView.saved(fields.text("query", limit=4000)).query(view=""))
        shared, start = fields.flag("is_shared"), fields.flag("is_start")
        fields.check()
        return cls(name, query, shared, start)


async def views_of(user: CurrentUser) -> list[Row]:
    """The views that this user sees, by name: their own and those of their team."""
    return await fetch(_VIEW + "ORDER BY lower(v.name), v.id LIMIT $3", user.id, user.team_id, 2 * MOST_VIEWS)


async def view_for(user: CurrentUser, view_id: int) -> Row:
    """One view; NotFound for a missing one and for one that is not for this user."""
    row = None
    if 0 < view_id <= HIGHEST_ID:
        row = await fetch_one(_VIEW + "AND v.id = $3", user.id, user.team_id, view_id)
    if row is None:
        raise NotFound()
    return row


def may_change(user: CurrentUser, view: Row) -> bool:
    """Whoever made it, and for a team's view the lead or an administrator."""
    return bool(view.owner == user.id or (view.team is not None and user.role in (Role.LEAD, Role.ADMINISTRATOR)))


async def save_view(data: ViewData, user: CurrentUser, *, now: datetime) -> int:
    """A new view of this user; answers its id. Raises Invalid without a team to share it with, for a name that one of the
    user's views has already, and for one view too many."""
    async with transaction():
        await _demand_fitting(data, user, None)
        if await fetch_value("SELECT count(*) FROM saved_view WHERE owner = $1", user.id) >= MOST_VIEWS:
            raise Invalid({"name": _("You have %(n)s views already. Please delete one first.") % {"n": MOST_VIEWS}})
        view_id = await fetch_value(
            "INSERT INTO saved_view (name, owner, team, query, created_at, version) VALUES ($1, $2, $3, $4, $5, 1) RETURNING id",
            data.name, user.id, user.team_id if data.is_shared else None, data.query, now,
        )  # fmt: skip
        await record("view.added", "saved_view", view_id, by=user.id, now=now, fields=_recorded(data))
        if data.is_start:
            await set_start_view(view_id, user)
        return int(view_id)


async def change_view(view_id: int, data: ViewData, version: int | None, user: CurrentUser, *, now: datetime) -> int:
    """Change name, filters or who sees it; answers the new version. Forbidden for a team's view of somebody else."""
    async with transaction():
        view = await view_for(user, view_id)
        if not may_change(user, view):
            raise Forbidden(
                _("This view belongs to %(name)s. Save it under a name of your own.") % {"name": view.owner_name}
            )
        if version is not None and version != view.version:
            raise Conflict(_("Somebody else changed this view meanwhile. Please load it again."), version=view.version)
        await _demand_fitting(data, user, view)
        team = (view.team or user.team_id) if data.is_shared else None
        await execute(
            "UPDATE saved_view SET name = $2, query = $3, team = $4, version = version + 1 WHERE id = $1",
            view_id, data.name, data.query, team,
        )  # fmt: skip
        before = ViewData(view.name, view.query, view.team is not None)
        await record(
            "view.changed",
            "saved_view",
            view_id,
            by=user.id,
            now=now,
            fields=changes(_recorded(before), _recorded(data)),
        )
        if data.is_start != bool(view.is_start):
            await set_start_view(view_id if data.is_start else None, user)
        return int(view.version) + 1


async def remove_view(view_id: int, user: CurrentUser, *, now: datetime) -> None:
    """Whoever began with it begins with all customers again."""
    async with transaction():
        view = await view_for(user, view_id)
        if not may_change(user, view):
            raise Forbidden(_("This view belongs to %(name)s.") % {"name": view.owner_name})
        await execute("DELETE FROM saved_view WHERE id = $1", view_id)
        data = ViewData(view.name, view.query, view.team is not None)
        await record("view.removed", "saved_view", view_id, by=user.id, now=now, fields=_recorded(data))


async def set_start_view(view_id: int | None, user: CurrentUser) -> None:
    """The view that this user's list starts with; None for all customers."""
    if view_id is not None:
        await view_for(user, view_id)
    await execute(
        'INSERT INTO list_setting ("user", columns, start_view) VALUES ($1, \'\', $2) '
        'ON CONFLICT ("user") DO UPDATE SET start_view = $2',
        user.id, view_id,
    )  # fmt: skip


async def set_columns(codes: Iterable[str], user: CurrentUser) -> tuple[str, ...]:
    """The columns of this user's list, in their order; none for the usual ones."""
    columns = chosen(codes)
    await execute(
        'INSERT INTO list_setting ("user", columns) VALUES ($1, $2) ON CONFLICT ("user") DO UPDATE SET columns = $2',
        user.id, "" if columns == USUAL else ",".join(columns),
    )  # fmt: skip
    return columns


_AROUND = """
    SELECT l.columns, v.id AS start_id, v.query AS start_query,
        (SELECT coalesce(jsonb_agg(x ORDER BY lower(x.name), x.id), '[]')::text FROM (
            SELECT id, name, owner, team, query FROM saved_view WHERE owner = $1 OR team = $2 LIMIT 200) x) AS views,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(id, name) ORDER BY lower(name), id), '[]')::text FROM staff
            WHERE deactivated_at IS NULL OR EXISTS (SELECT FROM customer c WHERE c.owner = staff.id)) AS staff,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(id, name) ORDER BY lower(name), id), '[]')::text FROM team) AS teams,
        (SELECT coalesce(jsonb_agg(name ORDER BY key), '[]')::text FROM (SELECT name, key FROM tag ORDER BY key LIMIT 500) x) AS tags
    FROM (SELECT 1) one
    LEFT JOIN list_setting l ON l."user" = $1
    LEFT JOIN saved_view v ON v.id = l.start_view AND (v.owner = $1 OR v.team = $2)
"""


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the list: the user's columns and views, and what can be chosen in the filters."""

    columns: tuple[str, ...]
    start_id: int | None
    start_query: str
    views: list[dict[str, Any]]
    staff: list[tuple[int, str]]
    teams: list[tuple[int, str]]
    tags: list[str]


async def list_around(user: CurrentUser) -> Around:
    """One statement."""
    row = await fetch_one(_AROUND, user.id, user.team_id)
    assert row is not None
    pairs = {name: [(each[0], each[1]) for each in decoded(row[name])] for name in ("staff", "teams")}
    return Around(
        chosen((row.columns or "").split(",")), row.start_id, row.start_query or "", decoded(row.views), pairs["staff"],
        pairs["teams"], decoded(row.tags),
    )  # fmt: skip


async def _demand_fitting(data: ViewData, user: CurrentUser, view: Row | None) -> None:
    errors = {}
    owner, view_id = (view.owner, view.id) if view else (user.id, 0)
    if data.is_shared and user.team_id is None and not (view and view.team):
        errors["is_shared"] = _("You belong to no team. An administrator can put you into one.")
    taken = await fetch_value(
        "SELECT EXISTS (SELECT FROM saved_view WHERE owner = $1 AND lower(name) = lower($2) AND id <> $3)",
        owner, data.name, view_id,
    )  # fmt: skip
    if taken:
        errors["name"] = _("There is a view of this name already.")
    if errors:
        raise Invalid(errors)


def _recorded(data: ViewData) -> dict[str, Any]:
    return {"name": data.name, "query": data.query, "is_shared": data.is_shared}
