"""Queues under a name: a view with its filters that somebody keeps for themselves, or a lead for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.database import HIGHEST_ID, Row, decoded, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.text import readable_query
from crm.tickets.listing import View
from crm.tickets.queue_filters import LONGEST_QUERY, TicketFilters, saved_query, usual_query
from crm.web.forms import Fields
from crm.web.i18n import _

MOST_VIEWS = 20
"""So many views each may keep: every one of them is counted whenever the list is looked at."""
NAME_LENGTH = 60

_VIEW = """
    SELECT v.id, v.name, v.query, v.owner, o.name AS owner_name, v.is_shared, v.version
    FROM ticket_view v JOIN staff o ON o.id = v.owner WHERE (v.owner = $1 OR v.is_shared)
"""

_AROUND = """
    SELECT
        (SELECT coalesce(jsonb_agg(x ORDER BY lower(x.name), x.id), '[]')::text FROM (
            SELECT id, name, owner, is_shared, query FROM ticket_view WHERE owner = $1 OR is_shared ORDER BY id LIMIT 60) x) AS views,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(code, name_de, name_en) ORDER BY position, id), '[]')::text FROM topic) AS topics,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(code, name_de, name_en) ORDER BY id), '[]')::text FROM service_level)
            AS service_levels,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(id, name) ORDER BY lower(name), id), '[]')::text FROM staff s
            WHERE deactivated_at IS NULL AND role = ANY($2) OR EXISTS (SELECT FROM ticket k WHERE k.assignee = s.id)) AS staff,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(b.id, coalesce(nullif(b.name, ''), b.address)) ORDER BY lower(b.name), b.id),
            '[]')::text FROM letter_box b) AS letter_boxes,
        (SELECT name FROM customer WHERE id = $3 AND deleted_at IS NULL AND restricted_at IS NULL) AS customer
"""


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a queue: the views that are kept, and what its filters offer. Topics and service levels are
    (code, German name, English name)."""

    views: list[dict[str, Any]]
    topics: list[tuple[str, str, str]]
    service_levels: list[tuple[str, str, str]]
    staff: list[tuple[int, str]]
    letter_boxes: list[tuple[int, str]]
    customer: str


@dataclass(frozen=True, slots=True)
class ViewData:
    """What somebody says a view is."""

    name: str
    query: str
    is_shared: bool = False

    @classmethod
    def parse(cls, fields: Fields) -> ViewData:
        """From a form or an API body; the query is stored in its usual form, without what no queue knows."""
        name = fields.text("name", required=True, limit=NAME_LENGTH)
        asked = saved_query(fields.text("query", limit=LONGEST_QUERY))
        shared = fields.flag("is_shared")
        fields.check()
        query = usual_query(view_of(asked.get("view", "")), TicketFilters.understood(asked))
        return cls(name, readable_query(query), shared)


def view_of(code: str, usual: View = View.OPEN) -> View:
    return View(code) if code in set(View) else usual


async def queue_around(user: CurrentUser, roles: list[str], customer_id: int | None) -> Around:
    """One statement. `roles` are those who work on enquiries."""
    row = await fetch_one(_AROUND, user.id, roles, customer_id)
    assert row is not None
    pairs = {
        name: [tuple(each) for each in decoded(row[name])]
        for name in ("topics", "service_levels", "staff", "letter_boxes")
    }
    return Around(
        decoded(row.views),
        pairs["topics"],
        pairs["service_levels"],
        pairs["staff"],
        pairs["letter_boxes"],
        row.customer or "",
    )


async def ticket_views(user: CurrentUser) -> list[Row]:
    """The views that this user sees, by name: their own and those for everybody."""
    return await fetch(_VIEW + "ORDER BY lower(v.name), v.id", user.id)


async def ticket_view_for(user: CurrentUser, view_id: int) -> Row:
    """NotFound for a missing one and for somebody else's own."""
    row = await fetch_one(_VIEW + "AND v.id = $2", user.id, view_id) if 0 < view_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


def may_share(user: CurrentUser) -> bool:
    """What everybody sees is for leads to say."""
    return user.may(Permission.TICKETS_ASSIGN)


def may_change(user: CurrentUser, view: Row) -> bool:
    """One's own, and as a lead those for everybody."""
    return bool(view.owner == user.id or (view.is_shared and may_share(user)))


async def save_ticket_view(data: ViewData, user: CurrentUser, *, now: datetime) -> int:
    """A new view of this user; its id. Raises Invalid for a name they have used already, for one view too many, and for
    sharing it without being a lead."""
    async with transaction():
        await _demand_fitting(data, user, user.id, 0)
        if await fetch_value("SELECT count(*) FROM ticket_view WHERE owner = $1", user.id) >= MOST_VIEWS:
            raise Invalid({"name": _("You have %(n)s views already. Please delete one first.") % {"n": MOST_VIEWS}})
        view_id = await fetch_value(
            "INSERT INTO ticket_view (name, owner, is_shared, query, created_at, version) VALUES ($1, $2, $3, $4, $5, 1) RETURNING id",
            data.name, user.id, data.is_shared, data.query, now,
        )  # fmt: skip
        await record("view.added", "ticket_view", view_id, by=user.id, now=now, fields=_recorded(data))
        return int(view_id)


async def change_ticket_view(
    view_id: int, data: ViewData, version: int | None, user: CurrentUser, *, now: datetime
) -> int:
    """Change name, filters or who sees it; the new version. Raises NotFound, Forbidden, Invalid as above, and Conflict if
    somebody else changed it since `version`."""
    async with transaction():
        view = await _locked(view_id, user)
        if version is not None and version != view.version:
            raise Conflict(_("Somebody else changed this view meanwhile. Please load it again."), version=view.version)
        await _demand_fitting(data, user, view.owner, view_id, was_shared=view.is_shared)
        await execute(
            "UPDATE ticket_view SET name = $2, query = $3, is_shared = $4, version = version + 1 WHERE id = $1",
            view_id, data.name, data.query, data.is_shared,
        )  # fmt: skip
        told = changes(_recorded(ViewData(view.name, view.query, view.is_shared)), _recorded(data))
        await record("view.changed", "ticket_view", view_id, by=user.id, now=now, fields=told)
        return int(view.version) + 1


async def remove_ticket_view(view_id: int, user: CurrentUser, *, now: datetime) -> None:
    """The enquiries stay. Raises NotFound, Forbidden."""
    async with transaction():
        view = await _locked(view_id, user)
        await execute("DELETE FROM ticket_view WHERE id = $1", view_id)
        told = _recorded(ViewData(view.name, view.query, view.is_shared))
        await record("view.removed", "ticket_view", view_id, by=user.id, now=now, fields=told)


async def _locked(view_id: int, user: CurrentUser) -> Row:
    await ticket_view_for(user, view_id)
    await fetch("SELECT id FROM ticket_view WHERE id = $1 FOR UPDATE", view_id)
    view = await ticket_view_for(user, view_id)
    if not may_change(user, view):
        raise Forbidden(
            _("This view belongs to %(name)s. Save it under a name of your own.") % {"name": view.owner_name}
        )
    return view


async def _demand_fitting(
    data: ViewData, user: CurrentUser, owner: int, view_id: int, *, was_shared: bool = False
) -> None:
    errors = {}
    if data.is_shared and not was_shared and not may_share(user):
        errors["is_shared"] = _("Only a team lead can share a view with everybody.")
    taken = await fetch_value(
        "SELECT EXISTS (SELECT FROM ticket_view WHERE owner = $1 AND lower(name) = lower($2) AND id <> $3)",
        owner, data.name, view_id,
    )  # fmt: skip
    if taken:
        errors["name"] = _("There is a view of this name already.")
    if errors:
        raise Invalid(errors)


def _recorded(data: ViewData) -> dict[str, Any]:
    return {"name": data.name, "query": data.query, "is_shared": data.is_shared}
