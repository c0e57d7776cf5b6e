"""One look at the team: the figures of a period and what waits, for the page and for the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.team.periods import Period, Span, span_of
from crm.team.queries import Contacts, Scope, Work, contacts_of, scope_of, work_of
from crm.team.sentences import summary
from crm.web.i18n import zone


@dataclass(frozen=True, slots=True)
class Look:
    period: Period
    span: Span
    scope: Scope
    contacts: Contacts
    work: Work

    def sentences(self, now: datetime) -> list[str]:
        return summary(self.period, self.contacts, self.work, now)


async def look_at(period: Period, team_id: int | None, now: datetime) -> Look:
    """Three statements. NotFound for a team that isn't there or is too small."""
    scope = await scope_of(team_id)
    span = span_of(period, now, zone.get())
    return Look(period, span, scope, await contacts_of(span, team_id, zone.get()), await work_of(scope, now))
