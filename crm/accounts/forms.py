"""The forms of account, users and settings, as typed objects."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from crm.accounts.field_words import CONVERSION_TRIGGERS
from crm.accounts.permissions import Role
from crm.web.colours import PETROL, colour_from
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _

THEMES = ("system", "light", "dark")
SECURITIES = ("tls", "starttls", "none")
_PASSWORD_LIMIT = 500


@dataclass(frozen=True, slots=True)
class UserForm:
    """What an administrator says about a member of staff."""

    email: str
    name: str
    role: Role
    team: int | None
    language: str
    version: int

    @classmethod
    def parse(cls, form: Mapping[str, Any]) -> UserForm:
        fields = Fields(form)
        found = cls(
            email=fields.email("email", required=True).lower(),
            name=fields.text("name", required=True, limit=200),
            role=fields.choice("role", Role),
            team=fields.reference("team"),
            language=fields.one_of("language", ("", *LANGUAGES)),
            version=fields.number("version", low=0, high=2**31 - 1) or 0,
        )
        fields.check()
        return found

    @property
    def changes(self) -> dict[str, Any]:
        return {
            "email": self.email,
            "name": self.name,
            "role": self.role.value,
            "team": self.team,
            "language": self.language,
        }


def account_changes(form: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """What someone says about themselves, and the version that they saw. Raises Invalid."""
    fields = Fields(form)
    changes = {
        "name": fields.text("name", required=True, limit=200),
        "language": fields.one_of("language", ("", *LANGUAGES)),
        "theme": fields.one_of("theme", THEMES, "system"),
        "single_keys": fields.flag("single_keys"),
    }
    version = fields.number("version", low=0, high=2**31 - 1) or 0
    fields.check()
    return changes, version


def company_changes(form: Mapping[str, Any], service_levels: Collection[str]) -> tuple[dict[str, Any], int]:
    """The company's settings as typed, and the version that was seen. Raises Invalid with every error."""
    fields = Fields(form)
    changes: dict[str, Any] = {
        "name": fields.text("name", required=True, limit=200),
        "imprint": fields.text("imprint", limit=20_000, many_lines=True),
        "language": fields.one_of("language", LANGUAGES, "de"),
        "mail_from": fields.email("mail_from"),
        **mail_server(fields, "smtp", 587, "starttls"),
        "acknowledges_mail": fields.flag("acknowledges_mail"),
    }
    for name in ("closes_after_days", "reopens_within_days"):
        if name in form:
            changes[name] = fields.number(name, low=0, high=3650, required=True)
    if "confirmation_days" in form:
        changes["confirmation_days"] = fields.number("confirmation_days", low=1, high=90, required=True)
    if "conversion_trigger" in form:
        changes["conversion_trigger"] = fields.one_of("conversion_trigger", CONVERSION_TRIGGERS, "hand")
    if "prospect_service_level" in form:
        changes["prospect_service_level"] = fields.one_of("prospect_service_level", service_levels)
    if "report_colour" in form:
        changes |= _report_changes(fields)
    version = fields.number("version", low=0, high=2**31 - 1) or 0
    fields.check()
    return changes, version


def _report_changes(fields: Fields) -> dict[str, Any]:
    """What the monthly reports look like and aim at; a target that is left empty is none."""
    typed = fields.text("report_colour", limit=40) or PETROL
    colour = colour_from(typed)
    if colour is None:
        fields.error(
            "report_colour",
            _("Write the colour as number sign and six digits or letters from a to f, such as #0d6068."),
        )
    return {
        "report_colour": colour or typed,
        "report_nps_target": fields.number("report_nps_target", low=-100, high=100),
        "report_promises_target": fields.number("report_promises_target", low=0, high=100),
        "report_first_contact_target": fields.number("report_first_contact_target", low=0, high=100),
    }


def mail_server(fields: Fields, kind: str, port: int, security: str) -> dict[str, Any]:
    """The five fields of a mail server, `kind` being smtp or imap; errors are noted in `fields`."""
    return {
        f"{kind}_host": fields.text(f"{kind}_host", limit=254),
        f"{kind}_port": fields.number(f"{kind}_port", low=1, high=65535) or port,
        f"{kind}_security": fields.one_of(f"{kind}_security", SECURITIES, security),
        f"{kind}_user": fields.text(f"{kind}_user", limit=254),
        f"{kind}_password": secret_text(fields.values.get(f"{kind}_password"))[:_PASSWORD_LIMIT],
    }


def typed_server(fields: Fields, kind: str, port: int, security: str) -> dict[str, Any]:
    """The mail server as typed, to be tried: host, port, security, user and password."""
    fields.text(f"{kind}_host", required=True)
    return {name.partition("_")[2]: value for name, value in mail_server(fields, kind, port, security).items()}


def secret_text(value: object) -> str:
    """A password as it was typed, blanks included; NUL bytes and halves of characters cannot be stored or compared."""
    return str(value or "").replace("\x00", "").encode("utf-8", "replace").decode()
