"""What a page of the dashboard is asked for: which days, and whose customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from crm.accounts.current import CurrentUser
from crm.customers.lists.listing import ListView
from crm.customers.lists.views import view_for
from crm.customers.lists.wanted import Wanted
from crm.errors import Invalid, NotFound
from crm.reports.queries import scope_for
from crm.reports.scopes import WHOLE, NotDrawnUp, Scope, wanted_of
from crm.reports.spans import Span, span_of
from crm.web.i18n import _, zone


@dataclass(frozen=True, slots=True)
class Asked:
    """Figures are narrowed to `wanted`: the customers of `view`, a saved list as whoever looks sees it, or those that a report's `scope`
    tells of (a team's, or a list that a team shares); without either they are of all."""

    span: Span
    view: Any = None
    wanted: Wanted | None = None
    scope: Scope = WHOLE

    @property
    def whose(self) -> str:
        """What the customers are called that the figures are narrowed to; empty for all."""
        return self.view.name if self.view else "" if self.scope.is_company else self.scope.title

    def narrowing(self) -> dict[str, str]:
        """How they stand in an address."""
        if self.view:
            return {"segment": str(self.view.id)}
        return {} if self.scope.is_company else {"scope": self.scope.code}

    def href(self, path: str = "/dashboard", **more: str) -> str:
        """The address of a page about the same days and customers."""
        said = {**self.span.query(), **self.narrowing(), **more}
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{path}?{query}" if query else path

    def of_days(self, span: Span, path: str = "/dashboard", **more: str) -> str:
        """A page about other days and the same customers."""
        return replace(self, span=span).href(path, **more)


async def asked_of(user: CurrentUser, values: Mapping[str, Any], now: datetime) -> Asked:
    """Raises Invalid for what are no days, NotFound for a saved list that this user does not see, and for a scope of which nobody can say
    whose customers it means."""
    span = span_of({name: str(values.get(name) or "").strip() for name in ("month", "from", "to")}, now, zone.get())
    text = str(values.get("segment") or "").strip()
    if not text:
        return await _of_scope(span, str(values.get("scope") or "").strip(), now)
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Invalid({"segment": _("Please choose one of the options.")})
    view = await view_for(user, int(text))
    wanted = ListView.saved(view.query).wanted(user, now)
    if wanted.q.strip() and not wanted.terms:
        raise NotFound(_("This saved list looks for words that nobody can have. Change it in the list of customers."))
    return Asked(span, view, wanted)


async def _of_scope(span: Span, code: str, now: datetime) -> Asked:
    scope = await scope_for(code)
    try:
        return Asked(span, None, wanted_of(scope, now), scope)
    except NotDrawnUp as problem:
        raise NotFound(problem.sentence) from None
