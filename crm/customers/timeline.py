"""One history per customer: every package writes its line here, in the transaction of what the line tells of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec

from crm.customers.tables import TimelineKind
from crm.database import execute, fetch_value

ENTRY = "INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail)"
"""How write_entry's statement begins, for one who writes the line together with what it tells of."""


async def write_entry(
    customer_id: int,
    kind: TimelineKind,
    ref_id: int,
    *,
    at: datetime,
    title: str,
    body: str = "",
    by: int | None = None,
    person_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Add a line to a customer's history and answer its id. `ref_id` is the id of the source row. `title` is a short
    text in the customer's own words or empty; what can be translated goes as codes into `detail`. `body` is the
    whole text: it is searched, and cut where it is shown. Phase, channel and the folded words are kept by the database."""
    row_id = await fetch_value(
        f"{ENTRY} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        customer_id, person_id, kind.value, at, ref_id, title, body, by,
        msgspec.json.encode(dict(detail or {})).decode(),
    )  # fmt: skip
    return int(row_id)


async def change_entry(
    kind: TimelineKind,
    ref_id: int,
    *,
    at: datetime | None = None,
    title: str | None = None,
    body: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Bring the line up to date with its source; fields left out stay, `detail` is merged into what is there."""
    await execute(
        "UPDATE timeline_entry SET title = coalesce($3, title), body = coalesce($4, body), detail = detail || $5::jsonb, "
        "at = coalesce($6, at) WHERE kind = $1 AND ref_id = $2",
        kind.value, ref_id, title, body,
        msgspec.json.encode(dict(detail or {})).decode(), at,
    )  # fmt: skip


async def rewrite_entry(
    kind: TimelineKind,
    ref_id: int,
    *,
    at: datetime,
    body: str,
    person_id: int | None,
    detail: Mapping[str, Any],
    kept: Collection[str] = (),
    by: int | None = None,
) -> None:
    """Tell the line anew after its source was corrected or deleted: of the old `detail` only what is named in `kept` stays.
    With `by` the line is theirs from now on."""
    await execute(
        "UPDATE timeline_entry SET at = $3, body = $4, person_id = $5, by_user = coalesce($6, by_user), detail = $7::jsonb || "
        "coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(detail) WHERE key = ANY($8)), '{}') "
        "WHERE kind = $1 AND ref_id = $2",
        kind.value, ref_id, at, body, person_id, by, msgspec.json.encode(dict(detail)).decode(), list(kept),
    )  # fmt: skip


async def more_was_said(kind: TimelineKind, ref_id: int) -> None:
    """The source of the line has got more text of its own, an enquiry a message: the line is found by it, too."""
    await execute("UPDATE timeline_entry SET body = body WHERE kind = $1 AND ref_id = $2", kind.value, ref_id)
