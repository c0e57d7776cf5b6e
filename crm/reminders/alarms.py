"""The alarm after one bad answer, or one contact that went badly at a moment of truth: raised in the transaction that writes what
it is about, taken by somebody, withdrawn when its source turns out to be no reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts.audit import record
from crm.accounts.permissions import Role
from crm.customers.queries import NOT_OF_RESTRICTED
from crm.database import HIGHEST_ID, Row, execute, fetch, fetch_one, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.notifications.sentences import sentence, title
from crm.reminders.actions import set_reminder
from crm.reminders.alarming import BAD_RATING, Looker, is_bad_answer, is_bad_moment, is_fresh, told_first
from crm.reminders.queries import IS_ABSENT
from crm.reminders.tables import AlarmKind, AlarmOutcome
from crm.web.i18n import _

NOTE_LENGTH = 2000
SHOWN = 50
KINDS = {AlarmKind.BAD_MOMENT: Kind.ALARM_MOMENT, AlarmKind.BAD_ANSWER: Kind.ALARM_ANSWER}
"""What the alarm tells, and the words for it."""
_SOURCES = {AlarmKind.BAD_MOMENT: "interaction_id", AlarmKind.BAD_ANSWER: "answer_id"}


def _is_away(user: str) -> str:
    return f"""EXISTS (SELECT FROM agent_profile p WHERE p."user" = {user} AND {IS_ABSENT})"""


_LOOKERS = f"""
    SELECT c.name, c.owner, c.deputy, {_is_away("c.owner")} AS owner_away, {_is_away("c.deputy")} AS deputy_away,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(s.id, {_is_away("s.id")})
            ORDER BY s.team IS NOT DISTINCT FROM c.team DESC, s.id), '[]')
            FROM staff s WHERE s.role = '{Role.LEAD}' AND s.deactivated_at IS NULL)::text AS leads
    FROM customer c WHERE c.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL
"""
_LEADS = f"""
    SELECT s.id, {_is_away("s.id")} AS is_away FROM staff s WHERE s.role = $1 AND s.deactivated_at IS NULL AND $2::timestamptz IS NOT NULL
    ORDER BY s.id
"""
_ROW = f"""
    SELECT a.id, a.kind, a.detail::text AS detail, a.at, a.customer, c.name AS customer_name, c.owner, o.name AS owner_name,
        a.interaction_id, a.answer_id, a.acknowledged_at, a.acknowledged_by, b.name AS by_name, a.outcome, a.note
    FROM alarm a JOIN customer c ON c.id = a.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
        AND {NOT_OF_RESTRICTED.format(alarm="a")}
    LEFT JOIN staff o ON o.id = c.owner LEFT JOIN staff b ON b.id = a.acknowledged_by
"""
_NO_OWNER = f"""(c.owner IS NULL OR {_is_away("c.owner")})"""
_MINE = f"""(
    c.owner = $1
    OR {_NO_OWNER} AND c.deputy = $1
    OR {_NO_OWNER} AND (c.deputy IS NULL OR {_is_away("c.deputy")})
        AND EXISTS (SELECT FROM staff s WHERE s.id = $1 AND s.role = '{Role.LEAD}'))
"""
"""Whose it is now: the owner's; the deputy's while there is none or they are away; a lead's where there is nobody else."""


@dataclass(frozen=True, slots=True)
class ShownAlarm:
    """An alarm with its sentences in the language of the moment. `at` is when the contact was, or the answer."""

    id: int
    kind: str
    at: datetime
    customer: int
    customer_name: str
    owner: int | None
    owner_name: str | None
    interaction_id: int | None
    answer_id: int | None
    acknowledged_at: datetime | None
    acknowledged_by: int | None
    by_name: str | None
    outcome: str
    note: str
    title: str
    sentence: str


async def contact_judged(
    customer_id: int, interaction_id: int, *, impression: int | None, is_moment: bool, at: datetime, by: int | None, now: datetime
) -> None:  # fmt: skip
    """A contact is logged or corrected: bad at a moment of truth it alarms, and if it was corrected to a better one, no more."""
    if is_bad_moment(impression, is_moment):
        await raise_alarm(
            customer_id, AlarmKind.BAD_MOMENT, interaction_id, detail={"impression": impression}, at=at, by=by, now=now
        )
    else:
        await withdraw_alarm(AlarmKind.BAD_MOMENT, interaction_id, now=now)


async def observation_judged(
    customer_id: int, interaction_id: int, *, impression: int | None, is_moment: bool, rating: int | None, at: datetime,
    by: int | None, now: datetime,
) -> None:  # fmt: skip
    """An observation turns out to be a customer's: their own bad rating alarms like a bad answer, and our bad impression of a moment of
    truth as it does for every contact. Once for each observation."""
    if rating is not None and rating <= BAD_RATING:
        await raise_alarm(
            customer_id, AlarmKind.BAD_MOMENT, interaction_id, detail={"rating": rating}, at=at, by=by, now=now
        )
    elif is_bad_moment(impression, is_moment):
        await contact_judged(
            customer_id, interaction_id, impression=impression, is_moment=is_moment, at=at, by=by, now=now
        )


async def leads_on_duty(now: datetime) -> tuple[int, ...]:
    """The leads who are there; all of them if none is."""
    rows = await fetch(_LEADS, Role.LEAD.value, now)
    return told_first(None, None, [Looker(row.id, row.is_away) for row in rows])


def _kind_of(kind: AlarmKind, detail: Mapping[str, Any]) -> Kind:
    return Kind.ALARM_RATING if "rating" in detail else KINDS[kind]


async def answer_judged(
    customer_id: int, answer_id: int, *, metric: str, score: int, at: datetime, by: int | None, now: datetime,
    is_low: bool | None = None, knows: int | None = None,
) -> None:  # fmt: skip
    """A customer has answered, or answered anew: a low answer alarms, and one that turned out better does no more. A survey may say
    itself what is low; `knows` has heard of it in another way and is not told twice."""
    if is_bad_answer(metric, score) if is_low is None else is_low:
        detail = {"answer": [metric, score]}
        await raise_alarm(
            customer_id, AlarmKind.BAD_ANSWER, answer_id, detail=detail, at=at, by=by, now=now, knows=knows
        )
    elif is_low is not None:
        await withdraw_alarm(AlarmKind.BAD_ANSWER, answer_id, now=now)


async def raise_alarm(
    customer_id: int, kind: AlarmKind, source_id: int, *, detail: Mapping[str, Any], at: datetime, by: int | None, now: datetime,
    knows: int | None = None,
) -> int | None:  # fmt: skip
    """Tell who looks after the customer, once for each contact or answer; the id, or None where nobody is told anew. Whoever wrote it
    themselves, or `knows` it otherwise, finds the alarm on their list. In the caller's transaction."""
    found = await fetch_one(_LOOKERS, customer_id, now)
    if found is None or not is_fresh(at, now):
        return None
    lookers = told_first(
        Looker(found.owner, found.owner_away) if found.owner else None,
        Looker(found.deputy, found.deputy_away) if found.deputy else None,
        [Looker(*lead) for lead in msgspec.json.decode(found.leads)],
    )
    source = _SOURCES[kind]
    # withdrawn before and bad again: it begins anew
    row = await fetch_one(
        f'INSERT INTO alarm AS a (customer, "user", kind, {source}, detail, at) '
        f"VALUES ($1, $2, $3, $4, $5::jsonb, $6) ON CONFLICT ({source}) DO UPDATE SET detail = EXCLUDED.detail, "
        '"user" = EXCLUDED."user", at = EXCLUDED.at, withdrawn_at = NULL, '
        "acknowledged_at = NULL, acknowledged_by = NULL, outcome = '', note = '' "
        "WHERE a.withdrawn_at IS NOT NULL RETURNING id",
        customer_id, lookers[0] if lookers else None, kind.value, source_id,
        msgspec.json.encode(dict(detail)).decode(), at,
    )  # fmt: skip
    if row is None:
        await execute(
            f"UPDATE alarm SET detail = $2::jsonb, at = $3 WHERE {source} = $1",
            source_id,
            msgspec.json.encode(dict(detail)).decode(),
            at,
        )
        return None
    told = {"alarm_id": row.id, "customer": found.name, **detail}
    for reader in lookers:
        if reader not in (by, knows):
            await notify(
                reader, _kind_of(kind, detail), detail=told, link=f"/customers/{customer_id}", now=now,
                dedupe_key=f"alarm-{row.id}-{reader}-{now.isoformat()}",
            )  # fmt: skip
    await record("alarm.raised", "alarm", row.id, by=by, now=now, fields={"customer_id": customer_id})
    return int(row.id)


async def withdraw_alarm(kind: AlarmKind, source_id: int, *, now: datetime) -> None:
    """Its source is gone, or was better than it seemed: nothing more needs doing, and what was said about it counts as read."""
    await withdraw_alarms(kind, [source_id], now=now)


async def withdraw_alarms(kind: AlarmKind, source_ids: list[int], *, now: datetime) -> None:
    rows = await fetch(
        f"UPDATE alarm SET withdrawn_at = $2 WHERE {_SOURCES[kind]} = ANY($1::bigint[]) AND withdrawn_at IS NULL RETURNING id",
        source_ids, now,
    )  # fmt: skip
    for row in rows:
        await _read_notifications(row.id, now)
        await record("alarm.withdrawn", "alarm", row.id, by=None, now=now)


async def open_alarms(user_id: int, now: datetime, limit: int = SHOWN) -> list[ShownAlarm]:
    """What nobody has taken yet and is this user's to take, the oldest first: of their customers, of those whose deputy they are
    while the owner is away, and for a lead of those who have nobody else. One statement, over open alarms only."""
    rows = await fetch(
        f"{_ROW} WHERE a.acknowledged_at IS NULL AND a.withdrawn_at IS NULL AND {_MINE} ORDER BY a.at, a.id LIMIT $3",
        user_id, now, limit,
    )  # fmt: skip
    return [_shown(row) for row in rows]


def _shown(row: Row) -> ShownAlarm:
    values = dict(row)
    detail = msgspec.json.decode(values.pop("detail"))
    return ShownAlarm(**{**values, **in_words(row.kind, row.customer_name, detail)})


def in_words(kind: str, customer: str, detail: Mapping[str, Any]) -> dict[str, str]:
    """`title` and `sentence` of an alarm in the language of the moment."""
    told = {"customer": customer, **detail}
    code = _kind_of(AlarmKind(kind), detail)
    return {"title": title(code, told), "sentence": sentence(code, told)}


def alarms_card(customer: str, stored: str) -> list[dict[str, Any]]:
    """What the customer's page says: `stored` as its statement answers it."""
    return [
        {**one, **in_words(one["kind"], customer, one["detail"]), "at": datetime.fromisoformat(one["at"])}
        for one in msgspec.json.decode(stored)
    ]


async def alarm_for(alarm_id: int, *, lock: bool = False) -> ShownAlarm:
    """An alarm about a customer whom staff may see: whoever is on the customer's page can take it. NotFound for any other."""
    row = None
    if 0 < alarm_id <= HIGHEST_ID:
        row = await fetch_one(
            f"{_ROW} WHERE a.id = $1 AND a.withdrawn_at IS NULL{' FOR UPDATE OF a' if lock else ''}", alarm_id
        )
    if row is None:
        raise NotFound()
    return _shown(row)


async def acknowledge_alarm(
    alarm_id: int,
    *,
    by: int,
    now: datetime,
    outcome: AlarmOutcome = AlarmOutcome.CARING,
    note: str = "",
    follow_up_at: datetime | None = None,
) -> int | None:
    """Somebody takes it (CARING), or it is put right (DONE, with `note`: how). From then on it is nobody else's to do. With
    `follow_up_at` they are reminded; the reminder's id.

    Raises Invalid without a note for what is done, and for a follow-up in the past; RuleBroken when it is done already or a
    colleague has taken it meanwhile."""
    note = note.strip()
    if outcome is AlarmOutcome.DONE and not note:
        raise Invalid({"note": _("Write a word or two about what came of it.")})
    async with transaction():
        alarm = await alarm_for(alarm_id, lock=True)
        if alarm.outcome == AlarmOutcome.DONE:
            raise RuleBroken(_("%(name)s has put this right already.") % {"name": alarm.by_name})
        if alarm.acknowledged_at is not None and outcome is AlarmOutcome.CARING and alarm.acknowledged_by != by:
            raise RuleBroken(_("%(name)s looks after this already.") % {"name": alarm.by_name})
        reminder_id = None
        if follow_up_at is not None:
            reminder_id = await set_reminder(
                user_id=by, customer_id=alarm.customer, text=note[:500] or alarm.title[:500], due_at=follow_up_at,
                by=by, now=now,
            )  # fmt: skip
        await execute(
            "UPDATE alarm SET acknowledged_at = $2, acknowledged_by = $3, outcome = $4, note = $5 WHERE id = $1",
            alarm_id, now, by, outcome.value, note or alarm.note,
        )  # fmt: skip
        await _read_notifications(alarm_id, now)
        await record("alarm.acknowledged", "alarm", alarm_id, by=by, now=now, fields={"outcome": outcome.value})
    return reminder_id


async def _read_notifications(alarm_id: int, now: datetime) -> None:
    """What was said about it is read by acting on it, whoever acts."""
    await execute(
        "UPDATE notification SET read_at = $2 WHERE read_at IS NULL AND detail ? 'alarm_id' AND detail->>'alarm_id' = $1",
        str(alarm_id), now,
    )  # fmt: skip
