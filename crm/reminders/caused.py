"""Follow-ups that come of their own accord: before a contact rhythm ends, and some days after an event. Each at most once, whoever
runs it and however often; what makes them needless withdraws them in its own transaction (crm/piccolo_migrations)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from crm.database import Row, execute, fetch, fetch_value, transaction
from crm.reminders.causing import MORNING, days_reached, horizon, new_today
from crm.reminders.follow_up_rules import Rule, follow_up_rules
from crm.reminders.tables import Cause
from crm.service_levels.calendar import Calendar
from crm.service_levels.queries import company_calendar

BATCH = 500
A_DAY = {Cause.QUIET: 5}
"""So many a day for each person; the others come on the days after, the longest quiet first."""
MOST_A_DAY = 50

_MEANT = """($3 = '' OR c.status = ANY(string_to_array($3, ','))) AND ($4 = '' OR s.code = ANY(string_to_array($4, ',')))
    AND c.deleted_at IS NULL AND c.restricted_at IS NULL"""
"""The customers c with service level s that a rule means: $3 statuses, $4 service levels."""

# The figures are locked, the customer before them as everywhere: whoever has contact at this instant waits and then finds the
# follow-up to withdraw, and whose contact is being written is left for the next run.
_KEY = "'rhythm ' || f.customer || ' ' || extract(epoch FROM f.contact_due_at)::bigint"
_ENDING = f"""
    FROM customer_figures f JOIN customer c ON c.id = f.customer JOIN service_level s ON s.id = c.service_level
    LEFT JOIN staff u ON u.id = $5 AND u.deactivated_at IS NULL
    WHERE f.contact_due_at >= $6 AND f.contact_due_at < $2 AND c.status <> 'former' AND {_MEANT}
        AND coalesce(u.id, c.owner) IS NOT NULL
        AND f.contact_due_at <= $1::timestamptz + make_interval(days => greatest(1, s.contact_rhythm_days / 2))
        AND NOT EXISTS (SELECT FROM reminder r WHERE r.cause_key = {_KEY})
"""
"""Customers whose rhythm ends before $2 and has ended at $6 at the earliest, with now as $1, and of which nobody was reminded.
Who shall be seen more often than the lead time allows for is not due again at once: at the earliest when half of the rhythm has
passed."""
_RHYTHM = f"""
    WITH f AS (
        SELECT f.customer, f.contact_due_at, f.last_contact_at, coalesce(u.id, c.owner) AS person, s.contact_rhythm_days AS days,
            s.name_de, s.name_en {_ENDING}
        ORDER BY f.contact_due_at, f.customer LIMIT $7
        FOR KEY SHARE OF c SKIP LOCKED FOR NO KEY UPDATE OF f SKIP LOCKED
    )
    INSERT INTO reminder ("user", customer, text, due_at, created_at, cause, cause_detail, cause_key)
    SELECT f.person, f.customer, '', $1, $1, 'rhythm', jsonb_build_object('last_contact_at', f.last_contact_at,
        'due_at', f.contact_due_at, 'days', f.days, 'level_de', f.name_de, 'level_en', f.name_en), {_KEY}
    FROM f ON CONFLICT (cause_key) DO NOTHING RETURNING id
"""

_EVENTS = {
    Cause.PROSPECT: """SELECT e.id::text AS event, e.customer, e.at, jsonb_build_object('at', e.at) AS detail FROM status_change e
        WHERE e.after = 'prospect' AND e.at >= $1 AND e.at < $2
        AND EXISTS (SELECT FROM customer p WHERE p.id = e.customer AND p.status = 'prospect')""",
    Cause.QUOTATION: """SELECT e.id::text AS event, e.customer, e.sent_at AS at, jsonb_build_object('at', e.sent_at,
        'number', e.number, 'amount', e.amount, 'currency', e.currency, 'quotation', e.id) AS detail
        FROM quotation e WHERE e.status = 'sent' AND e.sent_at >= $1 AND e.sent_at < $2""",
    Cause.DELIVERED: """SELECT e.id::text AS event, e.customer, e.delivered_on::timestamptz AS at, jsonb_build_object(
        'at', e.delivered_on, 'number', e.number, 'amount', e.amount, 'currency', e.currency, 'order', e.id) AS detail
        FROM customer_order e WHERE e.status <> 'cancelled' AND e.delivered_on >= ($1 AT TIME ZONE $7)::date
        AND e.delivered_on < ($2 AT TIME ZONE $7)::date""",
    Cause.QUIET: """SELECT e.customer || ' ' || e.quiet_from_on AS event, e.customer, e.quiet_from_on::timestamptz AS at,
        jsonb_build_object('at', e.last_order_on, 'last_on', e.last_order_on, 'next_on', e.next_order_on,
            'rhythm_days', e.order_rhythm_days) AS detail
        FROM customer_figures e JOIN customer q ON q.id = e.customer AND q.status <> 'former'
        WHERE e.quiet_from_on >= ($1 AT TIME ZONE $7)::date AND e.quiet_from_on < ($2 AT TIME ZONE $7)::date""",
}
"""The events of a cause from the moment $1 until before $2, which are midnights in the zone $7."""

_MEANT_EVENTS = """
    SELECT x.event, x.customer, x.at, x.detail, coalesce(u.id, c.owner) AS person
    FROM ({events}) x JOIN customer c ON c.id = x.customer JOIN service_level s ON s.id = c.service_level
    LEFT JOIN staff u ON u.id = $5 AND u.deactivated_at IS NULL
    WHERE {meant} AND coalesce(u.id, c.owner) IS NOT NULL AND $6::text IS NOT NULL AND $7::text IS NOT NULL
"""
_NEW = """
        AND NOT EXISTS (SELECT FROM reminder r WHERE r.cause_key = $6 || ' ' || x.event)
        AND NOT EXISTS (SELECT FROM outbox_message m WHERE m.dedupe_key = 'follow-up ' || $6 || ' ' || x.event)
"""
_FOLLOW_UP = """
    WITH meant AS ({meant}),
    turn AS (SELECT m.*, row_number() OVER (PARTITION BY m.person ORDER BY m.at, m.event) AS place,
        (SELECT count(*) FROM reminder r WHERE r."user" = m.person AND r.cause = $6 AND r.created_at >= $9) AS today FROM meant m)
    INSERT INTO reminder ("user", customer, text, due_at, created_at, cause, cause_detail, cause_key)
    SELECT t.person, t.customer, '', $8, $8, $6, t.detail || $11::jsonb, $6 || ' ' || t.event
    FROM turn t WHERE t.place + t.today <= $10 ORDER BY t.at, t.event
    ON CONFLICT (cause_key) DO NOTHING RETURNING id
"""
_GONE = """
    SELECT withdraw_follow_ups(array_agg(r.id)) FROM reminder r WHERE r.cause <> '' AND r.done_at IS NULL AND (
        r.cause = 'quotation' AND NOT EXISTS (
            SELECT FROM quotation q WHERE q.id = (r.cause_detail->>'quotation')::bigint AND q.status = 'sent')
        OR r.cause = 'delivered' AND NOT EXISTS (SELECT FROM customer_order o WHERE o.id = (r.cause_detail->>'order')::bigint
            AND o.status <> 'cancelled' AND o.delivered_on IS NOT NULL)
        OR r.cause = 'prospect' AND NOT EXISTS (SELECT FROM customer c WHERE c.id = r.customer AND c.status = 'prospect')
        OR r.cause = 'quiet' AND NOT EXISTS (SELECT FROM customer_figures f WHERE f.customer = r.customer
            AND f.last_order_on = (r.cause_detail->>'last_on')::date))
"""
"""What was decided, cancelled or ordered at the very instant when the follow-up was written."""


async def follow_up(*, now: datetime) -> int:
    """Write what is due this morning by the rules that are on; how many. Nothing on days without work, or before seven."""
    calendar = await company_calendar(now)
    if calendar is None or now.astimezone(calendar.zone).hour < MORNING:
        return 0
    today = now.astimezone(calendar.zone).date()
    made = 0
    for rule in await follow_up_rules():
        if rule.is_on and rule.mail_template_id is None:
            made += await (_remind_of_rhythm if rule.code is Cause.RHYTHM else _follow_up_events)(
                rule, today, calendar, now
            )
    await fetch_value(_GONE)
    return made


async def _remind_of_rhythm(rule: Rule, today: date, calendar: Calendar, now: datetime) -> int:
    until = horizon(today, calendar, rule.days)
    made = 0
    while until is not None:
        async with transaction():
            rows = await fetch(
                _RHYTHM, now, _midnight(until + timedelta(days=1), calendar.zone), ",".join(rule.statuses),
                ",".join(rule.levels), rule.user_id, _since_work(today, calendar), BATCH,
            )  # fmt: skip
        made += len(rows)
        if len(rows) < BATCH:
            break
    return made


def _since_work(today: date, calendar: Calendar) -> datetime:
    """The beginning of the days without work before today: what ended on one of them was not reminded of yet."""
    return _midnight(new_today(today, calendar, 0)[0], calendar.zone)


async def _follow_up_events(rule: Rule, today: date, calendar: Calendar, now: datetime) -> int:
    period = _period(rule, today, calendar, now)
    if period is None:
        return 0
    async with transaction():
        rows = await fetch(
            _FOLLOW_UP.format(meant=_meant(rule)), *period, ",".join(rule.statuses), ",".join(rule.levels), rule.user_id,
            rule.code.value, calendar.zone.key, now, _midnight(today, calendar.zone), A_DAY.get(rule.code, MOST_A_DAY),
            msgspec.json.encode(_texts(rule)).decode(),
        )  # fmt: skip
    return len(rows)


def _period(rule: Rule, today: date, calendar: Calendar, now: datetime) -> tuple[datetime, datetime] | None:
    """From which moment until before which one events are followed up today."""
    reached = days_reached(today, calendar, rule.days)
    if reached is None:
        return None
    first, last = reached
    begin = max(_midnight(first, calendar.zone), rule.since or now)
    if rule.code in (Cause.DELIVERED, Cause.QUIET) and rule.since is not None:  # these have a day, no time
        begin = max(
            _midnight(first, calendar.zone), _midnight(rule.since.astimezone(calendar.zone).date(), calendar.zone)
        )
    return begin, _midnight(last + timedelta(days=1), calendar.zone)


def _meant(rule: Rule, only_new: bool = True) -> str:
    """The events that a rule means; `only_new`: without those that led to a follow-up or a mail."""
    return _MEANT_EVENTS.format(events=_EVENTS[rule.code], meant=_MEANT) + (_NEW if only_new else "")


def _texts(rule: Rule) -> dict[str, str]:
    return {"text_de": rule.text_de, "text_en": rule.text_en}


async def events_due(rule: Rule, *, now: datetime) -> list[Row]:
    """What a rule that sends mails follows up this morning, the oldest first: `event`, `customer`, `person` (who would be
    reminded), and `detail` as JSON text. Nothing on days without work, or before seven."""
    calendar = await company_calendar(now)
    if calendar is None or now.astimezone(calendar.zone).hour < MORNING:
        return []
    period = _period(rule, now.astimezone(calendar.zone).date(), calendar, now)
    return await _events(rule, period, calendar, "m.at, m.event LIMIT 200") if period else []


async def latest_event(rule: Rule, *, now: datetime) -> Row | None:
    """The last event of the past year that the rule means, followed up or not, to show by its example what becomes of one."""
    calendar = await company_calendar(now)
    if calendar is None:
        return None
    found = await _events(
        rule, (now - timedelta(days=366), now + timedelta(days=1)), calendar, "m.at DESC LIMIT 1", False
    )
    return found[0] if found else None


async def _events(
    rule: Rule, period: tuple[datetime, datetime], calendar: Calendar, order: str, only_new: bool = True
) -> list[Row]:
    meant = _meant(rule, only_new)
    return await fetch(
        f"SELECT m.event, m.customer, m.person, m.detail::text AS detail FROM ({meant}) m ORDER BY {order}", *period,
        ",".join(rule.statuses), ",".join(rule.levels), rule.user_id, rule.code.value, calendar.zone.key,
    )  # fmt: skip


async def was_followed_up(key: str) -> bool:
    """Whether this event has led to a follow-up or to a mail. Asked with the customer's figures locked."""
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM reminder WHERE cause_key = $1) OR "
            "EXISTS (SELECT FROM outbox_message WHERE dedupe_key = 'follow-up ' || $1)",
            key,
        )
    )


def told_without_mail(rule: Rule, detail: Mapping[str, Any]) -> dict[str, Any]:
    """What a follow-up is made of that takes the place of a mail."""
    return {**detail, **_texts(rule)}


async def remind_instead(
    user_id: int, customer_id: int, cause: str, key: str, detail: Mapping[str, Any], why: Mapping[str, Any], *, now: datetime
) -> None:  # fmt: skip
    """The mail that a rule wanted cannot go out: whoever looks after the customer is reminded, and told why. Once."""
    await execute(
        'INSERT INTO reminder ("user", customer, text, due_at, created_at, cause, cause_detail, cause_key) '
        "VALUES ($1, $2, '', $3, $3, $4, $5::jsonb, $6) ON CONFLICT (cause_key) DO NOTHING",
        user_id, customer_id, now, cause, msgspec.json.encode({**detail, "no_mail": dict(why)}).decode(), key,
    )  # fmt: skip


async def preview(rule: Rule, *, now: datetime) -> int | None:
    """How many follow-ups the rule makes on a day like this one, whether it is on or not; None on a day without work."""
    calendar = await company_calendar(now)
    if calendar is None:
        return None
    today = now.astimezone(calendar.zone).date()
    until = horizon(today, calendar, rule.days)
    if until is None:
        return None
    lists = (",".join(rule.statuses), ",".join(rule.levels))
    if rule.code is Cause.RHYTHM:
        end = _midnight(until + timedelta(days=1), calendar.zone)
        return int(
            await fetch_value(
                f"SELECT count(*) {_ENDING}", now, end, *lists, rule.user_id, _since_work(today, calendar)
            )
        )
    first, last = new_today(today, calendar, rule.days)
    return int(
        await fetch_value(
            f"SELECT count(*) FROM ({_meant(rule)}) m",
            _midnight(first, calendar.zone), _midnight(last + timedelta(days=1), calendar.zone), *lists, rule.user_id,
            rule.code.value, calendar.zone.key,
        )
    )  # fmt: skip


async def without_owner(*, now: datetime) -> int:
    """How many customers become overdue within a week whom nobody looks after: nobody is reminded of them."""
    return int(
        await fetch_value(
            "SELECT count(*) FROM customer_figures f JOIN customer c ON c.id = f.customer WHERE c.owner IS NULL "
            "AND f.contact_due_at > $1 AND f.contact_due_at < $2 AND c.deleted_at IS NULL AND c.restricted_at IS NULL",
            now, now + timedelta(days=7),
        )
    )  # fmt: skip


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), zone).astimezone(UTC)
