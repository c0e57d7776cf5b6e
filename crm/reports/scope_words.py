"""What a report about a team or a saved list says of itself: whose figures they are, how many, and what it leaves out."""

from __future__ import annotations

from crm.reports.scopes import ScopeKind, kind_of, scope_title
from crm.reports.shape import MonthFigures
from crm.touchpoints.statistics import UNCERTAIN_BELOW
from crm.web.formats import num
from crm.web.i18n import N_, _, ngettext

_TEAM = N_(
    "Customers of the team on the day on which the figures were drawn up: those who are assigned to it, and those who are assigned to no "
    "team and whose owner belongs to it. Only what happened with them is counted, whoever answered. Observations without a known "
    "customer are left out, as are measures and data protection requests, which concern all customers."
)
_SEGMENT = N_(
    "Customers who were on the saved list on the day on which the figures were drawn up. Only what happened with them is counted. "
    "Observations without a known customer are left out, as are measures and data protection requests, which concern all customers."
)


def scope_sentence(figures: MonthFigures) -> str:
    """Of how many customers a report tells, what it leaves out, and that few customers are easily recognised. Empty for the company."""
    scope = figures.scope
    if scope is None:
        return ""
    values = {"scope": scope_title(scope.code, scope.name), "n": num(scope.customers)}
    told = ngettext(
        "This report tells of one customer (%(scope)s).", "This report tells of %(n)s customers (%(scope)s).", scope.customers
    ) % values  # fmt: skip
    left_out = _(
        "Measures and data protection requests concern all customers and stand in the report of the whole company."
    )
    if 0 < scope.customers < UNCERTAIN_BELOW:
        left_out += " " + _("So few customers can be recognised: please pass it on with care.")
    return f"{told} {left_out}"


def scope_definition(figures: MonthFigures) -> list[tuple[str, str]]:
    """The name of the scope and whom it means; nothing for the company."""
    if figures.scope is None:
        return []
    text = _TEAM if kind_of(figures.scope.code) is ScopeKind.TEAM else _SEGMENT
    return [(scope_title(figures.scope.code, figures.scope.name), _(text))]
