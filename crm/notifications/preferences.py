"""How somebody wants to be mailed: what they wish, kept with its trace; what waits to be mailed follows at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.accounts import audit
from crm.database import execute, fetch_one, transaction
from crm.notifications.kinds import Group, Kind
from crm.notifications.quiet_times import Preference, Wish, when_to_mail
from crm.notifications.words import WORDS
from crm.service_levels.calendar import Calendar
from crm.service_levels.queries import CALENDAR, calendar_from
from crm.web.i18n import zone

COLUMNS = {
    Group.FOLLOW_UPS: "follow_ups", Group.ENQUIRIES: "enquiries", Group.ALARMS: "alarms", Group.REST: "others",
}  # fmt: skip
"""The column of each group's wish; `at_once` where somebody has never said anything."""

READER = f"""
    SELECT s.id, s.name, s.email, coalesce(nullif(s.language, ''), c.language) AS language,
        p.follow_ups, p.enquiries, p.alarms, p.others, p.digest_at, p.at_night, p.on_days_off,
        {CALENDAR.format(calendar="(SELECT min(id) FROM business_calendar)")} AS calendar
    FROM staff s CROSS JOIN company c LEFT JOIN notification_preference p ON p."user" = s.id
    WHERE s.id = $1 AND s.deactivated_at IS NULL
"""
"""Whoever is to be told something: where to, in which language, when; no row for somebody who has left."""


def preference_of(row: Mapping[str, Any]) -> Preference:
    """What a row of READER says they wish."""
    if row["digest_at"] is None:
        return Preference()
    wishes = {group: Wish(row[column]) for group, column in COLUMNS.items()}
    return Preference(wishes, row["digest_at"], row["at_night"], row["on_days_off"])


def calendar_of_company(stored: str | None, now: datetime) -> Calendar:
    """The company's calendar; before one is set up only Sundays are days off."""
    return calendar_from(stored, now) if stored else Calendar(zone.get(), {})


async def preference_for(user_id: int) -> Preference:
    """What this user wishes."""
    row = await fetch_one(READER, user_id)
    return preference_of(row) if row else Preference()


async def save_preference(user_id: int, wished: Preference, *, by: int, now: datetime) -> None:
    """From now on mail comes like this; what waits is mailed at its new moment, or not at all."""
    values = _values(wished)
    async with transaction():
        row = await fetch_one(f"{READER} FOR NO KEY UPDATE OF s", user_id)
        if row is None:
            return
        before = preference_of(row)
        if wished == before or values == _values(before):
            return
        names = ", ".join(values)
        places = ", ".join(f"${number}" for number in range(2, len(values) + 2))
        await execute(
            f'INSERT INTO notification_preference ("user", {names}) VALUES ($1, {places}) '
            f'ON CONFLICT ("user") DO UPDATE SET ({names}) = ({places})',
            user_id, *values.values(),
        )  # fmt: skip
        calendar = calendar_of_company(row.calendar, now)
        for group in Group:
            kinds = [kind.value for kind in Kind if WORDS[kind].group is group]
            await execute(
                'UPDATE notification SET mail_at = $3 WHERE "user" = $1 AND kind = ANY($2) AND mailed_at IS NULL '
                "AND mail_at IS NOT NULL AND read_at IS NULL",
                user_id, kinds, when_to_mail(wished, group, calendar, now),
            )  # fmt: skip
        told = {name: str(value) if name == "digest_at" else value for name, value in values.items()}
        earlier = {name: str(value) if name == "digest_at" else value for name, value in _values(before).items()}
        differing = {name: value for name, value in told.items() if value != earlier[name]}
        await audit.record(
            "user.notifications_changed", "user", user_id, by=by, now=now,
            fields=audit.changes({name: earlier[name] for name in differing}, differing),
        )  # fmt: skip


def _values(preference: Preference) -> dict[str, Any]:
    """A preference as its columns."""
    wishes = {column: preference.wish(group).value for group, column in COLUMNS.items()}
    return {
        **wishes, "digest_at": preference.digest_at, "at_night": preference.at_night, "on_days_off": preference.on_days_off,
    }  # fmt: skip
