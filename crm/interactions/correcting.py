"""Correcting a logged contact: the earlier version stays, and history, figures and contact rhythm follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.accounts.audit import record
from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.customers.data import full_name_sql
from crm.customers.figures import lock_figures
from crm.customers.tables import TimelineKind
from crm.customers.timeline import rewrite_entry
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Forbidden, NotFound
from crm.interactions.actions import PERSONAL, NewInteraction, fitting_facts, is_answer, line_detail
from crm.interactions.order_naming import named_order, order_corrected
from crm.interactions.participants import COLLEAGUE_IDS, PERSON_IDS, change_participants, names_of
from crm.interactions.rhythm import contact_moved
from crm.interactions.tables import Channel, Direction
from crm.interactions.versions import FIELDS, keep_version
from crm.interactions.words import label, shown_value
from crm.reminders.alarming import is_bad_moment
from crm.reminders.alarms import contact_judged
from crm.tickets.answering import answer_by_phone, correct_spoken_answer
from crm.tickets.links.tables import OrderBasis
from crm.web.i18n import _, language

_LOCKED = f"""
    SELECT i.id, i.customer, i.version, i.by_user, i.phase AS phase_id, i.touchpoint AS touchpoint_id, i.at, i.channel, i.counts,
        i.direction, i.person AS person_id, coalesce(t.code, '') AS touchpoint, coalesce(h.code, '') AS phase,
        coalesce(s.code, '') AS reason, i.reason AS reason_id, i.ticket AS ticket_id, i.customer_order AS order_id,
        i.quotation AS quotation_id, i.product AS product_id, i.text, i.impression,
        i.is_moment_of_truth AS moment_of_truth, i.minutes, {full_name_sql("p")} AS person_name,
        {PERSON_IDS} AS participant_ids, {COLLEAGUE_IDS} AS colleague_ids
    FROM interaction i LEFT JOIN touchpoint t ON t.id = i.touchpoint LEFT JOIN person p ON p.id = i.person
    LEFT JOIN customer c ON c.id = i.customer LEFT JOIN phase h ON h.id = i.phase LEFT JOIN contact_reason s ON s.id = i.reason
    WHERE i.id = $1 AND (c.id IS NULL OR c.deleted_at IS NULL AND c.restricted_at IS NULL) AND p.restricted_at IS NULL
    FOR UPDATE OF i
"""
_UPDATE = """
    UPDATE interaction SET at = $2, channel = $3, direction = $4, person = $5, touchpoint = $6, phase = $7, ticket = $8,
        text = $9, impression = $10, is_moment_of_truth = $11, minutes = $12, reason = $13,
        customer_order = $14, quotation = $15, product = $16, version = version + 1 WHERE id = $1
"""
_NAMES = f"""
    SELECT 'touchpoint' AS field, t.code AS code, 0::bigint AS id, t.name_{{lang}} AS name FROM touchpoint t WHERE t.code = ANY($1)
    UNION ALL SELECT 'phase', h.code, 0, h.name_{{lang}} FROM phase h WHERE h.code = ANY($3)
    UNION ALL SELECT 'reason', r.code, 0, r.name_{{lang}} FROM contact_reason r WHERE r.code = ANY($4)
    UNION ALL SELECT 'order_id', '', o.id, o.number FROM customer_order o WHERE o.id = ANY($5::bigint[])
    UNION ALL SELECT 'quotation_id', '', q.id, coalesce(q.number, q.subject) FROM quotation q WHERE q.id = ANY($6::bigint[])
    UNION ALL SELECT 'product_id', '', d.id, d.name_{{lang}} FROM product d WHERE d.id = ANY($7::bigint[])
    UNION ALL SELECT 'person_id', '', p.id, {full_name_sql("p")} FROM person p WHERE p.id = ANY($2::bigint[]) AND p.restricted_at IS NULL
"""


NAMED = ("touchpoint", "person_id", "phase", "reason", "order_id", "quotation_id", "product_id")
"""Fields whose values are known by the names of what they stand for, in the order of that statement."""


def may_change(user: CurrentUser, author: int | None) -> bool:
    """A contact is corrected and deleted by whoever logged it, and by leads."""
    return user.may(Permission.INTERACTIONS_CORRECT) or (author == user.id and user.may(Permission.INTERACTIONS_LOG))


def demand_change(user: CurrentUser, author: int | None) -> None:
    if not may_change(user, author):
        raise Forbidden(_("A contact is corrected or deleted by whoever logged it, or by the team lead."))


async def locked_contact(interaction_id: int) -> Row:
    """The contact, locked together with the figures of its customer, in the order that a merge takes them in. Raises NotFound
    for one that is deleted, or whose customer or person is deleted or restricted."""
    while True:
        customer_id = await fetch_value("SELECT customer FROM interaction WHERE id = $1", interaction_id)
        if customer_id is not None:
            await lock_figures([customer_id])
        row = await fetch_one(_LOCKED, interaction_id)
        if row is None:
            raise NotFound()
        if row.customer == customer_id:  # else it was merged into another customer in between
            return row


async def correct_interaction(
    interaction_id: int, changes: Mapping[str, Any], version: int | None, *, by: int, now: datetime,
    beside: Mapping[str, Any] | None = None,
) -> int:  # fmt: skip
    """Write the fields that differ (names: crm/interactions/versions.py) and answer the new version; the replaced one is kept.
    `beside` is what else the caller replaces with it, as it was: it is kept with the earlier version.

    Raises Conflict with both versions if somebody else saved since `version`, NotFound and Invalid as logging does."""
    async with transaction():
        row = await locked_contact(interaction_id)
        before = {field: row[field] for field in FIELDS}
        wanted = {field: value for field, value in _without_the_main(changes, row).items() if before[field] != value}
        if not wanted and not beside:
            return int(row.version)
        if version is not None and version != row.version:
            raise await _conflict(wanted, before, row.version)
        if "touchpoint" in wanted and changes.get("phase"):
            wanted["phase"] = changes["phase"]  # seen and kept: it does not follow the new touchpoint
        basis = OrderBasis.CHOSEN
        if "text" in wanted and "order_id" not in wanted and row.order_id is None:
            named = await named_order(row.customer, wanted["text"], interaction_id)
            if named is not None:
                wanted["order_id"], basis = named.id, OrderBasis.NAMED
        await keep_version(interaction_id, row.version, {**before, **(beside or {})}, by=by, now=now)
        await _write(row, before, before | wanted, wanted, by=by, now=now)
        if "order_id" in wanted:
            await order_corrected(interaction_id, row.order_id, wanted["order_id"], basis, by=by, now=now)
        await record("interaction.corrected", "interaction", interaction_id, by=by, now=now)
        return int(row.version) + 1


def _without_the_main(changes: Mapping[str, Any], row: Row) -> dict[str, Any]:
    """Nobody takes part twice: the main person and the author are not among the further ones."""
    changes = dict(changes)
    main = changes.get("person_id", row.person_id)
    if "participant_ids" in changes or main in row.participant_ids:
        listed = changes.get("participant_ids", row.participant_ids)
        changes["participant_ids"] = sorted(set(listed) - {main})
    if "colleague_ids" in changes:
        changes["colleague_ids"] = sorted(set(changes["colleague_ids"]) - {row.by_user})
    return changes


async def _write(
    row: Row, before: dict[str, Any], after: dict[str, Any], wanted: Mapping[str, Any], *, by: int, now: datetime
) -> None:
    """What stays as it is needs no second look: the person may have left the organisation, the enquiry the customer."""
    contact = NewInteraction(
        row.customer, Channel(after["channel"]), Direction(after["direction"]), after["text"], wanted.get("person_id"),
        wanted.get("touchpoint", ""), ticket_id=wanted.get("ticket_id"), phase=wanted.get("phase", ""),
        reason=wanted.get("reason", ""), order_id=wanted.get("order_id"), quotation_id=wanted.get("quotation_id"),
        product_id=wanted.get("product_id"),
    )  # fmt: skip
    facts = await fitting_facts(contact, wanted.get("at", min(after["at"], now)), now)
    touchpoint_id = facts.touchpoint_id if "touchpoint" in wanted else row.touchpoint_id
    phase_id = facts.phase_id if {"touchpoint", "phase"} & wanted.keys() else row.phase_id
    await execute(
        _UPDATE, row.id, after["at"], after["channel"], after["direction"], after["person_id"], touchpoint_id, phase_id,
        after["ticket_id"], after["text"], after["impression"], after["moment_of_truth"], after["minutes"],
        facts.reason_id if "reason" in wanted else row.reason_id,
        after["order_id"], after["quotation_id"], after["product_id"],
    )  # fmt: skip
    if {"participant_ids", "colleague_ids"} & wanted.keys():
        before_and_after = ((each["participant_ids"], each["colleague_ids"]) for each in (before, after))
        await change_participants(row.id, row.customer, *before_and_after)
    if row.customer is None:
        return
    told = NewInteraction(
        row.customer, contact.channel, contact.direction, after["text"], touchpoint=after["touchpoint"],
        impression=after["impression"], minutes=after["minutes"], ticket_id=after["ticket_id"], reason=after["reason"],
        order_id=after["order_id"], quotation_id=after["quotation_id"], product_id=after["product_id"],
    )  # fmt: skip
    name = facts.person_name if "person_id" in wanted else row.person_name
    detail = line_detail(told, moment=after["moment_of_truth"], person_name=name or "")
    await rewrite_entry(
        TimelineKind.INTERACTION, row.id, at=after["at"], body=after["text"], person_id=after["person_id"], detail=detail,
        kept=("follow_up_at", "outbox", "source", "rating", "gathering", "automatic"),
    )  # fmt: skip
    await contact_moved(
        row.customer, *(each["at"] if each["channel"] in PERSONAL and row.counts else None for each in (before, after))
    )
    if any(is_bad_moment(each["impression"], each["moment_of_truth"]) for each in (before, after)):
        await contact_judged(
            row.customer, row.id, impression=after["impression"], is_moment=after["moment_of_truth"], at=after["at"], by=by,
            now=now,
        )  # fmt: skip
    await _tell_the_enquiry(row.by_user, before, after, by=by, now=now)


async def _tell_the_enquiry(
    author: int | None, before: dict[str, Any], after: dict[str, Any], *, by: int, now: datetime
) -> None:
    """The enquiry that the talk answered reads as the contact does; one that it is found to answer now is answered."""
    was, now_is = (
        each["ticket_id"] if is_answer(each["channel"], each["direction"]) else None for each in (before, after)
    )
    if was is not None:
        text = after["text"] if was == now_is else ""
        await correct_spoken_answer(was, at=before["at"], by=author, before=before["text"], text=text)
    if now_is is not None and now_is != was:
        await answer_by_phone(now_is, at=after["at"], text=after["text"], by=author or by, now=now)


async def _conflict(wanted: Mapping[str, Any], before: Mapping[str, Any], version: int) -> Conflict:
    both = (before, wanted)
    names = await _names({name: [each.get(name) for each in both] for name in NAMED})
    names |= await names_of(
        *([id for each in both for id in each.get(field) or ()] for field in ("participant_ids", "colleague_ids"))
    )
    differences = [
        Difference(field, label(field), shown_value(field, before[field], names), shown_value(field, value, names))
        for field, value in wanted.items()
    ]
    sentence = _("Somebody else corrected this contact meanwhile. Compare both versions and send yours again.")
    return Conflict(sentence, differences, version)


async def _names(values: Mapping[str, list[Any]]) -> dict[tuple[str, Any], str]:
    rows = await fetch(_NAMES.format(lang=language.get()), *([one for one in each if one] for each in values.values()))
    return {(row.field, row.id or row.code): row.name for row in rows}
