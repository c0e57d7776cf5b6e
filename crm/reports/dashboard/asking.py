"""What a page of the dashboard is asked for: which days, and whose customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from crm.accounts.current import CurrentUser
from crm.customers.lists.listing import ListView
from crm.customers.lists.views import view_for
from crm.customers.lists.wanted import Wanted
from crm.errors import Invalid, NotFound
from crm.reports.spans import Span, span_of
from crm.web.i18n import _, zone


@dataclass(frozen=True, slots=True)
class Asked:
    """`view` is the saved list of customers that the figures are narrowed to, as its owner sees it; None for all."""

    span: Span
    view: Any = None
    wanted: Wanted | None = None

    def href(self, path: str = "/dashboard", **more: str) -> str:
        """The address of a page about the same days and customers."""
        said = {**self.span.query(), "segment": str(self.view.id) if self.view else "", **more}
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{path}?{query}" if query else path

    def of_days(self, span: Span, path: str = "/dashboard", **more: str) -> str:
        """A page about other days and the same customers."""
        return Asked(span, self.view).href(path, **more)


async def asked_of(user: CurrentUser, values: Mapping[str, Any], now: datetime) -> Asked:
    """Raises Invalid for what are no days, NotFound for a saved list that this user does not see."""
    span = span_of({name: str(values.get(name) or "").strip() for name in ("month", "from", "to")}, now, zone.get())
    text = str(values.get("segment") or "").strip()
    if not text:
        return Asked(span)
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Invalid({"segment": _("Please choose one of the options.")})
    view = await view_for(user, int(text))
    wanted = ListView.saved(view.query).wanted(user, now)
    if wanted.q.strip() and not wanted.terms:
        raise NotFound(_("This saved list looks for words that nobody can have. Change it in the list of customers."))
    return Asked(span, view, wanted)
