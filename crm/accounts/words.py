"""The words for roles, and for browsers."""

from __future__ import annotations

from crm.accounts.permissions import Role
from crm.web.i18n import N_, _

_ROLES = {
    Role.SALES: N_("Sales"),
    Role.AGENT: N_("Service"),
    Role.LEAD: N_("Team lead"),
    Role.MANAGER: N_("Management"),
    Role.DPO: N_("Data protection officer"),
    Role.ADMINISTRATOR: N_("Administrator"),
}

_BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
)  # fmt: skip
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def role_name(role: Role | str) -> str:
    """The role in the language of the moment."""
    return _(_ROLES[Role(role)])


def browser_name(user_agent: str) -> str:
    """A browser's long name of itself, as people say it: "Firefox, Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(filter(None, (browser, system))) or user_agent[:60] or _("unknown browser")
