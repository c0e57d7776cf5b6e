"""Of whom a report tells: of the whole company, of a team's customers, or of those on a saved list that a team shares.

A scope has a code (company, team:7, segment:12), which runs, readers and addresses know it by. Whose customers it means is resolved
when figures are drawn up, by the one machinery that narrows figures (figures.with_shared); its name is kept with each run, so that
reports stay readable when team or list are renamed or gone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm.customers.lists.listing import ListView
from crm.customers.lists.wanted import Wanted
from crm.database import HIGHEST_ID
from crm.errors import Invalid, RuleBroken
from crm.text import fold
from crm.web.i18n import N_, _

COMPANY = "company"
"""The code of the whole company."""

_CODE = re.compile(r"(team|segment):([1-9][0-9]{0,18})")

GONE = N_("This team or saved list is no longer there, or no longer shared. Its earlier reports stay readable.")
LOOKER = N_(
    "This saved list says “me” or “mine”, and a report belongs to nobody. Save it with a colleague's name instead to have reports about it."
)
WORDS = N_("This saved list says something that no list of customers understands. Change it in the list of customers.")


class ScopeKind(StrEnum):
    COMPANY = "company"
    TEAM = "team"
    SEGMENT = "segment"


class NotDrawnUp(RuleBroken):
    """There is no report of this scope; `reason` is the message before it is translated, to be kept with a run."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(_(reason))


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope that can be chosen. `refusal` says why no new report can be drawn up (empty: it can); `query` is the saved list's."""

    code: str
    name: str = ""
    query: str = ""
    team_id: int | None = None
    is_there: bool = True
    is_automatic: bool = False

    @property
    def kind(self) -> ScopeKind:
        return kind_of(self.code)

    @property
    def is_company(self) -> bool:
        return self.code == COMPANY

    @property
    def title(self) -> str:
        return scope_title(self.code, self.name)

    @property
    def refusal(self) -> str:
        """Why nobody can say whose customers are meant now."""
        if self.is_company or (self.is_there and self.kind is ScopeKind.TEAM):
            return ""
        return _refusal_of_list(self.query) if self.is_there else GONE

    @property
    def is_offered(self) -> bool:
        """Whether it can be chosen, or no longer be chosen, to have its reports made by themselves."""
        return not self.refusal or self.is_automatic

    def of(self, *, first: bool = True) -> str:
        """What an address needs behind it: "?scope=team:7"; for the company nothing."""
        return "" if self.is_company else f"{'?' if first else '&'}scope={self.code}"


WHOLE = Scope(COMPANY)


@dataclass(frozen=True, slots=True)
class _Nobody:
    """Looks at a list that a team shares: "our team" is that team, and there is no "me"."""

    id: int
    team_id: int | None


def kind_of(code: str) -> ScopeKind:
    return ScopeKind(code.partition(":")[0])


def scope_title(code: str, name: str) -> str:
    """ "Team Service", "Liste „Großkunden“", "Die ganze Firma"."""
    if code == COMPANY:
        return _("The whole company")
    if kind_of(code) is ScopeKind.TEAM:
        return name if fold(name).startswith("team") else _("Team %(name)s") % {"name": name}
    return _("List “%(name)s”") % {"name": name}


def file_part(code: str, name: str) -> str:
    """The piece of a file's name that says of whom it tells: "-team-service"."""
    if code == COMPANY:
        return ""
    words = [
        *([] if fold(name).startswith("team") or kind_of(code) is ScopeKind.SEGMENT else ["team"]),
        *fold(name).split(),
    ]
    return "-" + ("-".join(words)[:40].strip("-") or code.replace(":", "-"))


def is_code(text: str) -> bool:
    match = _CODE.fullmatch(text)
    return text == COMPANY or (match is not None and int(match[2]) <= HIGHEST_ID)


def wanted_of(scope: Scope, now: datetime) -> Wanted | None:
    """Whose customers the figures are of; None for all. Raises NotDrawnUp where nobody can say."""
    if scope.is_company:
        return None
    if refusal := scope.refusal:
        raise NotDrawnUp(refusal)
    if scope.kind is ScopeKind.TEAM:
        return Wanted(team_id=scope.team_id)
    return ListView.saved(scope.query).wanted(_Nobody(0, scope.team_id), now)


def _refusal_of_list(query: str) -> str:
    """A list means the same for everybody if it speaks of nobody who looks at it; "our team" is the team that shares it."""
    try:
        view = ListView.saved(query, strict=True)
    except Invalid:
        return WORDS
    if view.show.startswith("mine") or "me" in (view.asked.get("owner"), view.asked.get("deputy")):
        return LOOKER
    return WORDS if view.q.strip() and not Wanted(q=view.q).terms else ""
