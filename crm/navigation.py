"""What stands around every page: the navigation that a role uses, its counts, the company's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from litestar import Request

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission as P
from crm.database import fetch_one
from crm.privacy.desk.queries import OPEN_REQUESTS
from crm.tickets.listing import waits_for_staff
from crm.web.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Item:
    label: str
    href: str
    key: str
    icon: str
    active: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    items: list[Item]


# label, address, the key after "g", icon, permission
_GROUPS: tuple[tuple[str, tuple[tuple[str, str, str, str, P], ...]], ...] = (
    (
        "",
        (
            (N_("Today"), "/", "h", "today", P.SIGNED_IN),
            (N_("Customers"), "/customers", "k", "customers", P.CUSTOMERS_VIEW),
            (N_("Enquiries"), "/tickets", "a", "tickets", P.TICKETS_VIEW),
            (N_("Contact history"), "/interactions", "v", "history", P.INTERACTIONS_VIEW),
        ),
    ),
    (
        N_("Selling"),
        (
            (N_("Orders"), "/orders", "o", "order", P.CUSTOMERS_VIEW),
            (N_("Quotations"), "/quotations", "q", "file", P.CUSTOMERS_VIEW),
            (N_("Products"), "/products", "d", "archive", P.CUSTOMERS_VIEW),
            (N_("Mailings"), "/mailings", "z", "send", P.MAILINGS_VIEW),
        ),
    ),
    (
        N_("Improve"),
        (
            (N_("Overview"), "/dashboard", "0", "chart", P.REPORTS_VIEW),
            (N_("Customer journey"), "/journey", "6", "map", P.TOUCHPOINTS_VIEW),
            (N_("Touchpoints"), "/touchpoints", "p", "touchpoints", P.TOUCHPOINTS_VIEW),
            (N_("Surveys"), "/surveys", "5", "survey", P.SURVEYS_VIEW),
            (N_("Assessment rounds"), "/assessments", "7", "star", P.TOUCHPOINTS_VIEW),
            (N_("Criticism and praise"), "/feedback", "l", "chat", P.INTERACTIONS_VIEW),
            (N_("Measures"), "/measures", "4", "measures", P.MEASURES_VIEW),
            (N_("Personas"), "/personas", "8", "users", P.MEASURES_VIEW),
            (N_("Approved answers"), "/answers", "c", "check", P.TICKETS_VIEW),
            (N_("Team"), "/team", "r", "team", P.TEAM_VIEW),
            (N_("Reports"), "/reports", "b", "reports", P.REPORTS_VIEW),
            (N_("Customer value"), "/scores", "w", "chart", P.REPORTS_VIEW),
        ),
    ),
    (
        N_("Data protection"),
        (
            (N_("Consents"), "/consents", "e", "consents", P.CONSENTS_VIEW),
            (N_("Privacy requests"), "/privacy/requests", "j", "shield", P.PRIVACY_MANAGE),
            (N_("Informing people"), "/information", "y", "mail", P.INFORMATION_SEND),
            (N_("Record of processing"), "/processing-record", "1", "reports", P.PRIVACY_MANAGE),
            (N_("Exports"), "/exports", "x", "download", P.EXPORTS_VIEW),
            (N_("Attributes"), "/attributes", "m", "edit", P.ATTRIBUTES_VIEW),
            (N_("Erasures"), "/privacy/erasures", "2", "trash", P.PRIVACY_APPROVE),
            (N_("Retention"), "/privacy/retention", "3", "clock", P.PRIVACY_MANAGE),
            (N_("Audit trail"), "/audit", "u", "audit", P.AUDIT_VIEW),
        ),
    ),
    (
        N_("Administration"),
        (
            (N_("Competences"), "/competences", "t", "competences", P.CATALOGUES_EDIT),
            (N_("Follow-ups by event"), "/follow-up-rules", "f", "reminder", P.CATALOGUES_EDIT),
            (N_("Web forms"), "/web-forms", "i", "web", P.CATALOGUES_EDIT),
            (N_("Users"), "/users", "n", "users", P.USERS_MANAGE),
            (N_("Settings"), "/settings", "s", "settings", P.SETTINGS_EDIT),
        ),
    ),
)

_ABOUT_CUSTOMERS = ("/portfolio", "/duplicates", "/imports", "/exports")
"""Pages that are tabs of the list of customers."""

_LOGS = ("/access-log",)
"""Pages that are tabs of the audit trail."""

_TOUCHPOINTS = ("/guides",)
"""Pages that are tabs of the touchpoints."""

_ABOUT_SURVEYS = ("/interviews",)
"""Pages that are tabs of the surveys."""

_ABOUT_CONTACTS = ("/observations", "/call-backs", "/events")
"""Pages that are tabs of the contact history."""

_AROUND = f"""
    SELECT c.name AS company, c.logo_hash,
        (SELECT count(*) FROM reminder r WHERE r."user" = $1 AND r.done_at IS NULL AND r.due_at <= $2) AS due,
        (SELECT count(*) FROM ticket k JOIN customer u ON u.id = k.customer WHERE k.assignee = $1
            AND {waits_for_staff("$2")} AND u.deleted_at IS NULL AND u.restricted_at IS NULL) AS tickets,
        (SELECT count(*) FROM notification n WHERE n."user" = $1 AND n.read_at IS NULL) AS unread,
        CASE WHEN $3 THEN ({OPEN_REQUESTS}) ELSE 0 END AS requests
    FROM company c
"""


def groups(user: CurrentUser, path: str, counts: dict[str, int]) -> list[Group]:
    """The navigation of a role: what it may see, and nothing else."""
    found = []
    for label, items in _GROUPS:
        shown = [
            Item(
                _(name),
                href,
                key,
                icon,
                path == href
                or (href != "/" and path.startswith(href + "/"))
                or (href == "/customers" and path.startswith(_ABOUT_CUSTOMERS))
                or (href == "/audit" and path.startswith(_LOGS))
                or (href == "/touchpoints" and path.startswith(_TOUCHPOINTS))
                or (href == "/surveys" and path.startswith(_ABOUT_SURVEYS))
                or (href == "/interactions" and path.startswith(_ABOUT_CONTACTS)),
                counts.get(href, 0),
            )
            for name, href, key, icon, permission in items
            if user.may(permission)
        ]
        if shown:
            found.append(Group(_(label) if label else "", shown))
    return found


async def navigation(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The context that `_layout.html` and `_public.html` need beside the page's own; one statement."""
    user: CurrentUser | None = request.scope.get("user")
    row = await fetch_one(
        _AROUND, user.id if user else 0, datetime.now(UTC), user is not None and user.may(P.PRIVACY_MANAGE)
    )
    company = row.company if row else ""
    if user is None or row is None:
        return {"nav": [], "company": company, "logo_hash": row.logo_hash if row else "", "unread": 0}
    counts = {"/": row.due, "/tickets": row.tickets, "/privacy/requests": row.requests}
    return {
        "nav": groups(user, request.url.path, counts),
        "company": company,
        "logo_hash": row.logo_hash,
        "unread": row.unread,
    }
