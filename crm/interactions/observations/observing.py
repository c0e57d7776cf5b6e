"""Noting and correcting observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.customers.tables import TimelineKind
from crm.customers.timeline import change_entry
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, NotFound
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.correcting import correct_interaction, locked_contact
from crm.interactions.observations.kinds import USUAL_TOUCHPOINT
from crm.interactions.tables import Channel, Direction
from crm.web.i18n import N_, _

OWN_FIELDS = ("source", "link", "rating")
LABELS = {"source": N_("Source"), "link": N_("Link"), "rating": N_("Rating by the source")}


@dataclass(frozen=True)
class NewObservation:
    """What is known when it is noted. `touchpoint` empty: the usual one of the channel."""

    channel: Channel
    text: str
    source: str = ""
    link: str = ""
    rating: int | None = None
    touchpoint: str = ""
    at: datetime | None = None


async def log_observation(data: NewObservation, *, by: int, now: datetime) -> int:
    """Note it, without a customer; answers the id of the contact event. Raises Invalid for an unknown touchpoint and for what
    lies in the future."""
    contact = NewInteraction(
        customer_id=None, channel=data.channel, direction=Direction.INBOUND, text=data.text, at=data.at,
        touchpoint=data.touchpoint or await usual_touchpoint(data.channel),
    )  # fmt: skip
    async with transaction():
        logged = await log_interaction(contact, by=by, now=now)
        await execute(
            "UPDATE observation SET source = $2, link = $3, rating = $4 WHERE interaction = $1",
            logged.id, data.source, data.link, data.rating,
        )  # fmt: skip
    return logged.id


async def usual_touchpoint(channel: Channel) -> str:
    """The code of the channel's usual touchpoint, or of what took its place; empty if the company uses neither."""
    code = USUAL_TOUCHPOINT.get(channel, "")
    if not code:
        return ""
    found = await fetch_value(
        "SELECT coalesce(n.code, t.code) FROM touchpoint t LEFT JOIN touchpoint n ON n.id = t.replacement "
        "WHERE t.code = $1 AND coalesce(n.state, t.state) = 'active'",
        code,
    )
    return found or ""


async def correct_observation(
    interaction_id: int, changes: Mapping[str, Any], version: int | None, *, by: int, now: datetime
) -> int:
    """Write what differs of the contact event and of the observation, and answer the new version; the earlier one is kept whole.

    Raises Conflict with both versions if somebody else saved since `version`, NotFound and Invalid as noting does."""
    own = {field: value for field, value in changes.items() if field in OWN_FIELDS}
    others = {field: value for field, value in changes.items() if field not in OWN_FIELDS}
    async with transaction():
        contact = await locked_contact(interaction_id)
        row = await locked_observation(interaction_id)
        wanted = {field: value for field, value in own.items() if row[field] != value}
        beside = {field: row[field] for field in OWN_FIELDS} if wanted else {}
        if wanted and version is not None and version != contact.version:
            raise await _conflict(contact, row, wanted, others, version, by=by, now=now)
        saved = await correct_interaction(interaction_id, others, version, by=by, now=now, beside=beside)
        if wanted:
            after = {field: row[field] for field in OWN_FIELDS} | wanted
            await execute(
                "UPDATE observation SET source = $2, link = $3, rating = $4 WHERE interaction = $1",
                interaction_id, after["source"], after["link"], after["rating"],
            )  # fmt: skip
            detail = {"source": after["source"], "rating": after["rating"]}
            await change_entry(TimelineKind.INTERACTION, interaction_id, detail=detail)
        return saved


async def locked_observation(interaction_id: int) -> Row:
    """What it knows beside its contact event, locked; NotFound for a contact that is no observation."""
    row = await fetch_one(
        "SELECT source, link, rating, linked_at FROM observation WHERE interaction = $1 FOR UPDATE", interaction_id
    )
    if row is None:
        raise NotFound()
    return row


async def _conflict(
    contact: Row, row: Row, wanted: Mapping[str, Any], others: Mapping[str, Any], version: int, *, by: int, now: datetime
) -> Conflict:  # fmt: skip
    """Both versions of all fields that differ, those of the contact event among them."""
    told = [Difference(field, _(LABELS[field]), _shown(row[field]), _shown(value)) for field, value in wanted.items()]
    sentence = _("Somebody else corrected this contact meanwhile. Compare both versions and send yours again.")
    try:
        await correct_interaction(contact.id, others, version, by=by, now=now)
    except Conflict as conflict:
        return Conflict(sentence, [*told, *conflict.differences], contact.version)
    return Conflict(sentence, told, contact.version)


def _shown(value: Any) -> str:
    return str(value) if value not in (None, "") else "–"
