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
from crm.customers.lists.wanted import Wanted, conditions, search_tests
from crm.database import HIGHEST_ID, Arguments, Row, fetch, fetch_one, fetch_value
from crm.errors import Invalid, NotFound, RuleBroken
from crm.reports.shape import ScopeOf
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


_SCOPES = """
    SELECT coalesce(here.code, told.scope, own.scope) AS code, coalesce(here.name, told.name, '') AS name,
        coalesce(here.query, '') AS query, here.team AS team_id, here.code IS NOT NULL AS is_there, own.scope IS NOT NULL AS is_automatic
    FROM (SELECT 'team:' || id AS code, name, '' AS query, id AS team FROM team
        UNION ALL SELECT 'segment:' || id, name, query, team FROM saved_view WHERE team IS NOT NULL) here
    FULL JOIN (SELECT scope, (array_agg(scope_name ORDER BY id DESC))[1] AS name FROM report_run WHERE scope <> 'company' GROUP BY 1) told
        ON told.scope = here.code
    FULL JOIN report_scope own ON own.scope = coalesce(here.code, told.scope)
"""


async def scopes() -> list[Scope]:
    """All of which there are or can be reports: the company, teams, shared lists, and those that are gone and have reports."""
    rows = await fetch(
        f"SELECT * FROM ({_SCOPES}) x ORDER BY code NOT LIKE 'team%', NOT is_there, lower(name), code LIMIT 500"
    )
    return [WHOLE, *(_scope(row) for row in rows)]


async def scope_for(code: str) -> Scope:
    """One of them; an empty code is the company. Raises NotFound for what is no code, and what there never was."""
    if code in ("", COMPANY):
        return WHOLE
    row = await fetch_one(f"SELECT * FROM ({_SCOPES}) x WHERE code = $1", code) if is_code(code) else None
    if row is None:
        raise NotFound(_("There are no reports about this team or saved list."))
    return _scope(row)


async def scope_named(text: str) -> Scope:
    """By its code, or as people say it: "team:Service", "segment:Großkunden". Raises NotFound."""
    if text in ("", COMPANY) or is_code(text):
        return await scope_for(text)
    kind, _colon, name = text.partition(":")
    found = [one for one in await scopes() if one.kind == kind and one.is_there and fold(one.name) == fold(name)]
    if len(found) != 1:
        raise NotFound(_("There are no reports about this team or saved list."))
    return found[0]


def _scope(row: Row) -> Scope:
    return Scope(row.code, row.name, row.query, row.team_id, row.is_there, row.is_automatic)


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


async def told_of(scope: Scope, wanted: Wanted) -> ScopeOf:
    """How the scope stands in the figures: its code, its name, and how many customers are meant."""
    arguments = Arguments()
    where = " AND ".join([*conditions(wanted, arguments), *search_tests(wanted.terms)])
    customers = await fetch_value(
        f"SELECT count(*) FROM customer c JOIN customer_figures f ON f.customer = c.id WHERE {where}", *arguments
    )
    return ScopeOf(scope.code, scope.name, int(customers))
