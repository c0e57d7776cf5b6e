"""What somebody asks of the journey map: the days, what they are compared with, and whose journey it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.database import HIGHEST_ID, Row
from crm.errors import NotFound
from crm.improvement.personas.queries import segment_of
from crm.reports.journeys.comparing import JourneyLine
from crm.reports.journeys.periods import COMPARED, LAST_MONTHS, OWN, USUAL, Asked, Stretch, asked
from crm.reports.journeys.queries import Journey, journey, segment_ids, segments_of
from crm.reports.months import earlier, written
from crm.web.formats import month, short_date
from crm.web.i18n import _

FIELDS = ("period", "from", "to", "compare", "then_from", "then_to", "segment")
MONTHS_OFFERED = 13
PERSONA = "persona-"
"""Before the number of a persona where a segment is named."""


@dataclass(frozen=True, slots=True)
class JourneyAsked:
    """`segment` is the saved view whose customers are meant, or `persona` the typical customer (both None: all), `segments` and
    `personas` are those that can be chosen; `typed` and `errors` are by field."""

    asked: Asked
    segment: Row | None
    segments: list[Row]
    persona: Row | None
    personas: list[Row]
    typed: dict[str, str]
    errors: dict[str, str]

    def contacts_href(self, line: JourneyLine) -> str:
        """The contacts behind a point of the map."""
        return self.behind(line.code)

    def behind(self, touchpoint: str) -> str:
        """The contacts of these days and customers at a touchpoint (its code)."""
        days = self.asked.now
        said = {"touchpoint": touchpoint, "from": days.first.isoformat(), "to": days.last.isoformat()}
        if self.segment is not None:
            said["segment"] = str(self.segment.id)
        if self.persona is not None:
            said["persona"] = str(self.persona.id)
        return f"/interactions?{urlencode(said)}"


async def journey_asked(user: CurrentUser, values: Mapping[str, str], now: datetime, zone: ZoneInfo) -> JourneyAsked:
    """What an address means for this user; one statement. Raises NotFound for a view or a persona that they don't see."""
    typed = {name: str(values.get(name) or "").replace("\x00", "").strip()[:40] for name in FIELDS}
    found, errors = asked(typed, now.astimezone(zone).date())
    views, typical = await segments_of(user)
    typical = typical if user.may(Permission.MEASURES_VIEW) else []
    segment = persona = None
    if wanted := typed["segment"]:
        digits = wanted.removeprefix(PERSONA)
        number = int(digits) if digits.isascii() and digits.isdecimal() else 0
        offered = typical if wanted.startswith(PERSONA) else views
        one = next((row for row in offered if row.id == number), None)
        if one is None and 0 < number <= HIGHEST_ID:
            raise NotFound()
        if one is None:
            errors["segment"] = _("Please choose one of the options.")
        segment, persona = (None, one) if wanted.startswith(PERSONA) else (one, None)
    return JourneyAsked(found, segment, views, persona, typical, typed, errors)


async def journey_of(chosen: JourneyAsked, user: CurrentUser, *, now: datetime, zone: ZoneInfo) -> Journey:
    """The journey that was asked for."""
    return await journey(chosen.asked, customers=await customers_of(chosen, user, now), now=now, zone=zone)


async def customers_of(chosen: JourneyAsked, user: CurrentUser, now: datetime) -> list[int] | None:
    """The customers who are meant; None: all."""
    if chosen.persona is not None:
        return await segment_of(chosen.persona, now) or []
    return await segment_ids(chosen.segment.query, user, now) if chosen.segment is not None else None


def is_shared(chosen: JourneyAsked) -> bool:
    """Whether others see these customers too, so that something can be planned for them: all, a persona, a view of the team."""
    return chosen.segment is None or chosen.segment.team is not None


def stretch_words(stretch: Stretch) -> str:
    """ "October 2026", or "28.08.2026 to 27.11.2026"."""
    if stretch.months == 1 and stretch.first.day == 1:
        return month(stretch.first)
    words = {"first": short_date(stretch.first), "last": short_date(stretch.last)}
    return _("%(first)s to %(last)s") % words


def period_choices(today: date) -> list[tuple[str, str]]:
    first = today.replace(day=1)
    months = [earlier(first, back) for back in range(MONTHS_OFFERED)]
    return [
        *((code, _("Last %(n)s months") % {"n": count}) for code, count in LAST_MONTHS.items()),
        *((written(one), month(one)) for one in months),
        (OWN, _("Certain days")),
    ]


def compare_choices() -> list[tuple[str, str]]:
    return [(code, _(words)) for code, words in COMPARED.items()]


def chosen_period(chosen: JourneyAsked) -> str:
    return chosen.typed["period"] or (OWN if chosen.typed["from"] or chosen.typed["to"] else USUAL)


def days_typed(chosen: JourneyAsked) -> dict[str, str]:
    """What stands in the fields for days: what was typed, or the days that are shown."""
    now, then = chosen.asked.now, chosen.asked.then or chosen.asked.now.before
    shown = {"from": now.first, "to": now.last, "then_from": then.first, "then_to": then.last}
    return {name: chosen.typed[name] or on.isoformat() for name, on in shown.items()}
