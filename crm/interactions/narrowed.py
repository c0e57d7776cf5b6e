"""The contact history narrowed to days and to the customers of a saved view: the contacts behind a point of the journey map."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from crm.accounts.current import CurrentUser
from crm.customers.lists.finding import customer_ids
from crm.customers.lists.listing import ListView
from crm.customers.lists.views import view_for
from crm.database import Row
from crm.web.formats import short_date
from crm.web.forms import Fields
from crm.web.i18n import _


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Days of the company's zone, both included, and a segment; each may be missing."""

    first: date | None
    last: date | None
    segment: Row | None
    persona: Row | None
    among: list[int] | None
    zone: ZoneInfo

    @property
    def asked(self) -> dict[str, str]:
        said = {
            "from": self.first, "to": self.last, "segment": self.segment.id if self.segment else None,
            "persona": self.persona.id if self.persona else None,
        }  # fmt: skip
        return {name: str(value) for name, value in said.items() if value is not None}

    @property
    def keep(self) -> str:
        """The same in an address, after other fields."""
        return f"&{urlencode(self.asked)}" if self.asked else ""

    @property
    def words(self) -> str:
        """ "01.11.2026 to 30.11.2026, Key accounts"; empty where nothing is narrowed."""
        days = {"first": short_date(self.first), "last": short_date(self.last)}
        parts = []
        if self.first and self.last:
            parts.append(_("%(first)s to %(last)s") % days)
        elif self.first:
            parts.append(_("from %(first)s") % days)
        elif self.last:
            parts.append(_("until %(last)s") % days)
        parts += [one.name for one in (self.segment, self.persona) if one]
        return ", ".join(parts)

    @property
    def bounds(self) -> dict[str, Any]:
        """For crm.interactions.queries.contacts."""
        return {"since": self._midnight(self.first, 0), "until": self._midnight(self.last, 1), "among": self.among}

    def _midnight(self, on: date | None, more: int) -> datetime | None:
        return None if on is None else datetime.combine(on + timedelta(days=more), time.min, self.zone).astimezone(UTC)


async def narrowed_to(
    user: CurrentUser, fields: Fields, now: datetime, zone: ZoneInfo, typical: tuple[Row, list[int]] | None = None
) -> Narrowed:
    """From `from`, `to` and `segment`; what is none is noted in the fields. `typical` is a persona with its customers. NotFound for a
    view that this user doesn't see."""
    first, last, segment_id = fields.on("from"), fields.on("to"), fields.reference("segment")
    if first and last and last < first:
        fields.error("to", _("The last day must not lie before the first one."))
    segment = await view_for(user, segment_id) if segment_id is not None else None
    among = await customer_ids(ListView.saved(segment.query).wanted(user, now)) if segment is not None else None
    persona = None
    if typical is not None:
        persona, own = typical
        among = own if among is None else sorted({*own} & {*among})
    return Narrowed(first, last, segment, persona, among, zone)
