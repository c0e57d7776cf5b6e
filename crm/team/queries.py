"""The figures of the team. Nothing here is counted per member of staff: a team's contacts are those of its customers, and what
waits is told in one number for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.customers.lists.wanted import SHOWN, Wanted, conditions
from crm.database import Arguments, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.interactions.counting import COUNTED, SHUT
from crm.reports.shape import Counted
from crm.team.periods import Span
from crm.web.paging import cursor_of, keys_of

SMALLEST_TEAM = 3
"""A team with fewer people is not shown on its own: its figures would be those of somebody."""
PAGE = 12
WAITING_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Scope:
    """What a page of the team is about. `teams` are those that may be chosen; `days` is when a customer without a contact rhythm
    has gone untouched, `version` that of the setting."""

    team: Row | None
    teams: list[Row]
    days: int
    version: int

    @property
    def team_id(self) -> int | None:
        return self.team.id if self.team else None


async def scope_of(team_id: int | None) -> Scope:
    """The team that is asked for, or everybody. NotFound for one that isn't there or is too small. One statement."""
    rows = await fetch(
        "SELECT t.id, t.name, x.untouched_after_days AS days, x.version FROM company x LEFT JOIN team t ON "
        "(SELECT count(*) FROM staff u WHERE u.team = t.id AND u.deactivated_at IS NULL) >= $1 ORDER BY lower(t.name), t.id",
        SMALLEST_TEAM,
    )
    teams = [row for row in rows if row.id is not None]
    team = next((row for row in teams if row.id == team_id), None)
    if team_id is not None and team is None:
        raise NotFound()
    return Scope(team, teams, rows[0].days, rows[0].version)


def _of_team(team_id: int | None, arguments: Arguments) -> str:
    """Customer c is no secret and belongs to the team, as the list of customers filters it."""
    return " AND ".join(conditions(Wanted(team_id=team_id), arguments))


@dataclass(frozen=True, slots=True)
class DayCount:
    """Contacts of a day and of its counterpart in the stretch before; None where there is none (yet)."""

    on: date
    count: int | None
    before: int | None


@dataclass(frozen=True, slots=True)
class Contacts:
    count: int
    before: int
    days: list[DayCount]
    channels: list[Counted]
    touchpoints: list[Counted]


async def contacts_of(span: Span, team_id: int | None, zone: ZoneInfo) -> Contacts:
    """How many contacts there were, by day, by channel and by touchpoint. One statement."""
    arguments = Arguments([span.starts_at, span.ends_at, span.before_at, span.before_ends_at, zone.key])
    team = ""
    if team_id is not None:
        team = f"AND i.customer IN (SELECT c.id FROM customer c WHERE {_of_team(team_id, arguments)})"
    rows = await fetch(
        f"WITH {SHUT}, counted AS (SELECT i.at >= $1 AS is_this, (i.at AT TIME ZONE $5)::date AS day, i.channel, i.touchpoint "
        f"FROM interaction i WHERE i.at >= $3 AND i.at < $2 AND (i.at < $4 OR i.at >= $1) AND {COUNTED} {team}) "
        "SELECT n.is_this, n.day, n.channel, n.kind, coalesce(t.code, '') AS code, t.name_de, t.name_en, n.n FROM ("
        "  SELECT is_this, day, channel, touchpoint, grouping(day, channel, touchpoint) AS kind, count(*)::int AS n FROM counted "
        "  GROUP BY GROUPING SETS ((is_this, day), (is_this, channel), (is_this, touchpoint))"
        ") n LEFT JOIN touchpoint t ON t.id = n.touchpoint ORDER BY t.position, t.id, n.channel",
        *arguments,
    )  # fmt: skip
    by_day = {row.day: row.n for row in rows if row.kind == _BY_DAY}
    days = [_day(on, by_day, span, zone) for on in span.days]
    channels = _counted([row for row in rows if row.kind == _BY_CHANNEL], "channel")
    touchpoints = _counted([row for row in rows if row.kind == _BY_TOUCHPOINT], "code")
    return Contacts(
        sum(one.count for one in channels), sum(one.before for one in channels), days, channels, touchpoints
    )


_BY_DAY, _BY_CHANNEL, _BY_TOUCHPOINT = 0b011, 0b101, 0b110
"""What grouping() answers: a bit for each column that a row is not about."""


def _day(on: date, by_day: dict[date, int], span: Span, zone: ZoneInfo) -> DayCount:
    """The last days of a month that is longer than the one before have no counterpart."""
    before = span.before_first + (on - span.first)
    counted = on <= (span.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    has_before = before <= (span.before_ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    return DayCount(on, by_day.get(on, 0) if counted else None, by_day.get(before, 0) if has_before else None)


def _counted(rows: list[Row], key: str) -> list[Counted]:
    """Now and before side by side, the most frequent first."""
    found: dict[str, Counted] = {}
    for row in rows:
        old = found.get(row[key])
        count, before = (row.n, 0) if row.is_this else (0, row.n)
        if old:
            count, before = count + old.count, before + old.before
        found[row[key]] = Counted(row[key], count, before, row.name_de or "", row.name_en or "")
    return sorted(found.values(), key=lambda one: (-one.count, -one.before))


@dataclass(frozen=True, slots=True)
class Work:
    """What waits: how much of it, and since when the oldest does. `longest` is the customer who has been without contact longest."""

    untouched: int
    longest: str
    longest_since: datetime | None
    requested: int
    requested_since: datetime | None
    sent: int
    sent_since: datetime | None
    follow_ups: int
    call_backs: int
    call_backs_overdue: int


_SINCE = "coalesce(f.last_contact_at, c.created_at)"
"""From when on a customer has been without contact: the last one, or the day they came."""


def _untouched(scope: Scope, now: datetime, arguments: Arguments) -> str:
    """(id, since) of customers whom nobody has had personal contact with for longer than their contact rhythm or, without one, than
    the company has set. From former customers no contact is expected. The overdue are found by their index, and customers without a
    rhythm by that of their service level, so that nobody walks along all customers."""
    shown, at = _of_team(scope.team_id, arguments), arguments(now)
    found = f"SELECT c.id, {_SINCE} AS since FROM customer_figures f JOIN customer c ON c.id = f.customer WHERE {shown}"
    return (
        f"{found} AND f.contact_due_at < {at} UNION ALL {found} "
        "AND EXISTS (SELECT FROM service_level WHERE contact_rhythm_days IS NULL) "
        "AND c.service_level = ANY(ARRAY(SELECT id FROM service_level WHERE contact_rhythm_days IS NULL)) AND c.status <> 'former' "
        f"AND coalesce(f.contact_due_at, 'infinity') >= {at} "
        f"AND {_SINCE} < {arguments(now - timedelta(days=scope.days))}"
    )


async def work_of(scope: Scope, now: datetime) -> Work:
    """One statement. Follow-ups and calls belong to a team by who has them, and calls for anybody by the customer. The follow-up
    that keeps a call from being forgotten is not counted beside the call."""
    arguments = Arguments([now])
    untouched = _untouched(scope, now, arguments)
    shown = _of_team(scope.team_id, arguments)
    whose_reminder = whose_call = ""
    if scope.team_id is not None:
        members = f"(SELECT u.id FROM staff u WHERE u.team = {arguments(scope.team_id)})"
        whose_reminder = f'AND r."user" IN {members}'
        whose_call = f'AND (b."user" IN {members} OR b."user" IS NULL AND {shown})'
    row = await fetch_one(
        f"WITH untouched AS MATERIALIZED ({untouched}), "
        "offer AS (SELECT count(*) FILTER (WHERE q.status = 'requested') AS requested, "
        "  min(q.requested_at) FILTER (WHERE q.status = 'requested') AS requested_since, "
        "  count(*) FILTER (WHERE q.status = 'sent') AS sent, min(q.sent_at) FILTER (WHERE q.status = 'sent') AS sent_since "
        f"  FROM quotation q JOIN customer c ON c.id = q.customer WHERE q.status IN ('requested', 'sent') AND {shown}), "
        "call AS (SELECT count(*) AS n, count(*) FILTER (WHERE b.due_at < $1) AS overdue FROM call_back b "
        "  LEFT JOIN customer c ON c.id = b.customer LEFT JOIN person p ON p.id = b.person "
        f"  WHERE b.done_at IS NULL AND (c.id IS NULL OR {SHOWN}) AND p.restricted_at IS NULL {whose_call}), "
        "longest AS (SELECT c.name, u.since FROM (SELECT * FROM untouched ORDER BY since, id LIMIT 1) u JOIN customer c ON c.id = u.id) "
        "SELECT (SELECT count(*) FROM untouched) AS untouched, coalesce((SELECT name FROM longest), '') AS longest, "
        "(SELECT since FROM longest) AS longest_since, offer.*, call.n AS call_backs, call.overdue AS call_backs_overdue, "
        "(SELECT count(*) FROM reminder r LEFT JOIN customer c ON c.id = r.customer WHERE r.done_at IS NULL AND r.due_at < $1 "
        f"  AND (c.id IS NULL OR {SHOWN}) {whose_reminder} "
        "  AND NOT EXISTS (SELECT FROM call_back b WHERE b.reminder_id = r.id AND b.done_at IS NULL)) AS follow_ups "
        "FROM offer, call",
        *arguments,
    )  # fmt: skip
    assert row is not None
    return Work(**dict(row))


async def waiting_quotations(team_id: int | None) -> dict[str, list[Row]]:
    """Quotations that were requested and not sent, and those that were sent and not decided, by status; those that have waited
    longest first, as far as the page shows them. One statement."""
    arguments = Arguments()
    shown = _of_team(team_id, arguments)
    parts = " UNION ALL ".join(
        "(SELECT q.id, q.number, q.subject, q.customer, c.name AS customer_name, q.amount, q.currency, q.status, "
        f"q.{since} AS since FROM quotation q JOIN customer c ON c.id = q.customer "
        f"WHERE q.status = '{status}' AND {shown} ORDER BY q.{since}, q.id LIMIT {WAITING_SHOWN})"
        for status, since in (("requested", "requested_at"), ("sent", "sent_at"))
    )
    found: dict[str, list[Row]] = {"requested": [], "sent": []}
    for row in await fetch(parts, *arguments):
        found[row.status].append(row)
    return found


@dataclass(frozen=True, slots=True)
class Untouched:
    rows: list[Row]
    next: str | None = None


async def untouched_customers(
    scope: Scope, now: datetime, *, limit: int = PAGE, cursor: str | None = None
) -> Untouched:
    """Who has been without contact too long, the longest first, with whoever looks after them. One statement."""
    arguments = Arguments()
    untouched, after = _untouched(scope, now, arguments), ""
    if keys := keys_of(cursor, datetime, int):
        after = f"WHERE (since, id) > ({arguments(keys[0])}, {arguments(keys[1])})"
    rows = await fetch(
        f"WITH page AS (SELECT * FROM ({untouched}) u {after} ORDER BY since, id LIMIT {limit + 1}) "
        "SELECT c.id, c.name, c.number, c.owner AS owner_id, o.name AS owner_name, f.last_contact_at, page.since, "
        "s.contact_rhythm_days AS rhythm_days FROM page JOIN customer c ON c.id = page.id "
        "JOIN customer_figures f ON f.customer = c.id JOIN service_level s ON s.id = c.service_level "
        "LEFT JOIN staff o ON o.id = c.owner ORDER BY page.since, c.id",
        *arguments,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Untouched(rows[:limit], cursor_of(last.since, last.id) if last else None)
