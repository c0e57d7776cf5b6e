"""What of a customer's history somebody wants to see: kind, channel, phase, person, words and a day, all in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from crm.customers.past_days import past_day
from crm.customers.tables import TimelineKind
from crm.customers.words import CHANNELS
from crm.errors import Invalid
from crm.text import search_terms
from crm.web.i18n import N_, _
from crm.web.spoken_calendar import Unclear

MOST_LETTERS = 200
FIELDS = ("q", "kind", "channel", "phase", "person", "day")
_NOT_A_DAY = N_("This is not a day that we understand. Write it as 12 March, 12.3.2026, last Monday or 3 weeks ago.")
_STILL_TO_COME = N_("This day is still to come; the history ends today.")


@dataclass(frozen=True, slots=True)
class HistoryWanted:
    """The filters, each of which may be missing. `terms` are the folded words that a line must have; `until` is the last
    day that is shown. `asked` is what was typed, by the name of the field."""

    kind: TimelineKind | None = None
    channel: str = ""
    phase: str = ""
    person_id: int | None = None
    terms: tuple[str, ...] = ()
    until: date | None = None
    asked: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def href(self, path: str, **changes: str) -> str:
        """The address of the same list with these fields changed; an empty one is taken away."""
        query = {name: value for name, value in (self.asked | changes).items() if value}
        return f"{path}?{urlencode(query)}" if query else path

    @property
    def is_filtered(self) -> bool:
        return bool(self.asked)

    def checked(self) -> HistoryWanted:
        """The same for a program: raises Invalid with all that was not understood, where a page shows it and goes on."""
        if self.errors:
            raise Invalid(self.errors)
        return self


def history_wanted(params: Mapping[str, str], now: datetime, zone: ZoneInfo) -> HistoryWanted:
    """The filters in an address; what isn't one is left out and named in `errors`."""
    asked = {name: params.get(name, "").replace("\x00", "").strip()[:MOST_LETTERS] for name in FIELDS}
    asked = {name: value for name, value in asked.items() if value}
    wanted = HistoryWanted(
        channel=asked.get("channel", ""),
        phase=asked.get("phase", "")[:40],
        terms=search_terms(asked.get("q", "")),
        asked=asked,
    )
    errors: dict[str, str] = {}
    choose = _("Please choose one of the options.")
    if "kind" in asked:
        kind = next((known for known in TimelineKind if known == asked["kind"]), None)
        wanted, errors = replace(wanted, kind=kind), {} if kind else {"kind": choose}
    if wanted.channel and wanted.channel not in CHANNELS:
        wanted, errors["channel"] = replace(wanted, channel=""), choose
    if "person" in asked:
        person = asked["person"]
        if person.isascii() and person.isdigit() and len(person) < 19:
            wanted = replace(wanted, person_id=int(person))
        else:
            errors["person"] = choose
    if "day" in asked:
        try:
            wanted = replace(wanted, until=past_day(asked["day"], now, zone))
        except Unclear:
            errors["day"] = _(_NOT_A_DAY)
        else:
            if wanted.until is not None and wanted.until > now.astimezone(zone).date():
                wanted, errors["day"] = replace(wanted, until=None), _(_STILL_TO_COME)
    return replace(wanted, errors=errors)
