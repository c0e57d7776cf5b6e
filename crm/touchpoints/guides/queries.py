"""The reads of guides: all of them for the list and the form, one for its page, and those whose review is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from crm.accounts.permissions import Permission, roles_with
from crm.database import Row, fetch, fetch_one
from crm.errors import NotFound
from crm.touchpoints.guides.rules import GuideView, Step, step_of

_GUIDE = (
    "SELECT g.id, g.code, g.name_de, g.name_en, g.touchpoints, g.channels, g.is_active, g.review_on, g.version, g.position, "
    "g.review_months, g.owner, o.name AS owner_name, o.deactivated_at AS owner_left_at, v.steps::text AS steps "
    "FROM guide g JOIN guide_version v ON v.guide = g.id AND v.version = g.version LEFT JOIN staff o ON o.id = g.owner"
)


@dataclass(frozen=True, slots=True)
class FormGuides:
    """What the log form may show: the guides in use, and the customer's kind (empty if none is chosen yet)."""

    guides: list[GuideView]
    kind: str


async def guides(*, active_only: bool = False) -> list[GuideView]:
    """All guides in their order, those that are no longer used last."""
    where = " WHERE g.is_active" if active_only else ""
    return [_view(row) for row in await fetch(f"{_GUIDE}{where} ORDER BY NOT g.is_active, g.position, g.id")]


async def guides_for(customer_id: int | None) -> FormGuides:
    """The guides in use and the kind of this customer; one statement."""
    rows = await fetch(
        f"SELECT x.*, (SELECT c.kind FROM customer c WHERE c.id = $1) AS kind FROM ({_GUIDE} WHERE g.is_active "
        "ORDER BY g.position, g.id) x",
        customer_id,
    )  # fmt: skip
    return FormGuides([_view(row) for row in rows], (rows[0].kind or "") if rows else "")


async def guide_named(code: str) -> GuideView:
    """The guide with this code. Raises NotFound."""
    row = await fetch_one(f"{_GUIDE} WHERE g.code = $1", code.replace("\x00", "")[:40])
    if row is None:
        raise NotFound()
    return _view(row)


async def guides_to_review(today: date) -> list[Row]:
    """The guides in use whose review date has come (code, name_de, name_en, review_on), the longest overdue first."""
    return await fetch(
        "SELECT code, name_de, name_en, review_on FROM guide WHERE is_active AND review_on <= $1 ORDER BY review_on, position, id",
        today,
    )


async def guides_of(user_id: int) -> list[Row]:
    """The guides in use (code, name_de, name_en) that somebody looks after."""
    return await fetch(
        "SELECT code, name_de, name_en FROM guide WHERE owner = $1 AND is_active ORDER BY position, id", user_id
    )


async def possible_owners() -> list[tuple[str, str]]:
    """Those who work here and may change guides, as a choice (id, name)."""
    rows = await fetch(
        "SELECT id, name FROM staff WHERE deactivated_at IS NULL AND role = ANY($1) ORDER BY lower(name), id",
        roles_with(Permission.CATALOGUES_EDIT),
    )
    return [(str(row.id), row.name) for row in rows]


@dataclass(frozen=True, slots=True)
class VersionView:
    """The steps of a guide in one version, and since when it is in force."""

    version: int
    at: datetime | None
    steps: tuple[Step, ...]


async def versions_of(guide_id: int) -> list[VersionView]:
    """All versions of a guide, the newest first."""
    rows = await fetch(
        "SELECT version, at, steps::text AS steps FROM guide_version WHERE guide = $1 ORDER BY version DESC", guide_id
    )
    return [VersionView(row.version, row.at, _steps(row.steps)) for row in rows]


async def reviews_of(guide_id: int) -> list[Row]:
    """Who looked at a guide when (at, by_user, name, version, due_on, next_on), the newest first."""
    return await fetch(
        "SELECT r.at, r.by_user, s.name, r.version, r.due_on, r.next_on FROM guide_review r LEFT JOIN staff s ON s.id = r.by_user "
        "WHERE r.guide = $1 ORDER BY r.id DESC LIMIT 50",
        guide_id,
    )


async def touchpoints_by_code() -> dict[str, Row]:
    """The touchpoints (code, name_de, name_en) in the order of the journey."""
    rows = await fetch(
        "SELECT t.code, t.name_de, t.name_en, t.state FROM touchpoint t JOIN phase p ON p.id = t.phase "
        "ORDER BY p.position, t.position, t.id"
    )
    return {row.code: row for row in rows}


def _view(row: Any) -> GuideView:
    return GuideView(
        id=row.id, code=row.code, name_de=row.name_de, name_en=row.name_en or row.name_de, touchpoints=_codes(row.touchpoints),
        channels=_codes(row.channels), is_active=row.is_active, review_on=row.review_on, version=row.version,
        steps=_steps(row.steps), review_months=row.review_months, owner_id=row.owner, owner_name=row.owner_name or "",
        owner_is_here=row.owner is not None and row.owner_left_at is None,
    )  # fmt: skip


def _steps(stored: str) -> tuple[Step, ...]:
    return tuple(step_of(step) for step in msgspec.json.decode(stored, type=list[dict[str, str]]))


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code for code in text.split(",") if code)
