"""What the palette can do beside finding records: commands and pages, found by parts of their names."""

from __future__ import annotations

from dataclasses import dataclass

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.navigation import groups
from crm.text import fold, search_terms
from crm.web.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the palette; with `dialog` it opens above the page."""

    title: str
    href: str
    icon: str
    detail: str = ""
    dialog: bool = False


P = Permission

# label, address, icon, permission, whether it opens as a dialog, further words that people type for it
_COMMANDS: tuple[tuple[str, str, str, P, bool, str], ...] = (
    (
        N_("Log a contact"),
        "/interactions/new",
        "phone",
        P.INTERACTIONS_LOG,
        True,
        "anruf notiz call note besuch visit log",
    ),
    (N_("Write an e-mail"), "/mails/new", "email", P.INTERACTIONS_LOG, False, "mail brief letter schreiben antwort"),
    (
        N_("Text blocks"),
        "/text-blocks",
        "edit",
        P.CATALOGUES_EDIT,
        False,
        "textbaustein baustein antwort vorlage snippet",
    ),
    (N_("Mail templates"), "/mail-templates", "edit", P.CATALOGUES_EDIT, False, "vorlage text baustein mail"),
    (
        N_("Note an observation"),
        "/observations/new",
        "review",
        P.INTERACTIONS_LOG,
        True,
        "beobachtung bewertung rezension presse review press hoerensagen observation",
    ),
    (
        N_("Note a call to return"),
        "/call-backs/new",
        "phone",
        P.INTERACTIONS_LOG,
        True,
        "verpasster anruf rueckruf zurueckrufen missed call back wunsch",
    ),
    (
        N_("Calls to return"),
        "/call-backs",
        "phone",
        P.INTERACTIONS_VIEW,
        False,
        "rueckrufe verpasste anrufe missed calls",
    ),
    (N_("Observations"), "/observations", "review", P.INTERACTIONS_VIEW, False, "beobachtungen bewertungen reviews"),
    (N_("Open an enquiry"), "/tickets/new", "ticket", P.TICKETS_WORK, False, "ticket frage beschwerde new neu"),
    (
        N_("Add a customer"),
        "/customers/new",
        "customers",
        P.CUSTOMERS_EDIT,
        False,
        "neu new kunde interessent prospect",
    ),
    (
        N_("Customers whose contact is overdue"),
        "/customers?show=overdue",
        "clock",
        P.CUSTOMERS_VIEW,
        False,
        "faellig due",
    ),
    (N_("My account"), "/account", "user", P.SIGNED_IN, False, "konto passwort password sprache language profil"),
)


def commands(user: CurrentUser, query: str) -> list[Command]:
    """The commands of this user's role whose name, in either language, or whose further words have every term."""
    terms = search_terms(query)
    return [
        Command(_(label), href, icon, dialog=dialog)
        for label, href, icon, permission, dialog, words in _COMMANDS
        if user.may(permission) and _fits(terms, _(label), label, words)
    ]


def pages(user: CurrentUser, query: str) -> list[Command]:
    """The pages of this user's navigation whose name has every term."""
    terms = search_terms(query)
    return [
        Command(item.label, item.href, item.icon or "arrow-right", group.label)
        for group in groups(user, "", {})
        for item in group.items
        if _fits(terms, item.label)
    ]


def _fits(terms: tuple[str, ...], *names: str) -> bool:
    text = " ".join(fold(name) for name in names)
    return all(term in text for term in terms)
