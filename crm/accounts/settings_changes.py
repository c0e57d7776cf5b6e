"""Changes to the company's settings. Passwords that are left empty stay; they are never shown again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.accounts import audit
from crm.database import execute, fetch_one, transaction
from crm.errors import Conflict, Difference
from crm.web.i18n import N_, _

LABELS = {
    "name": N_("Name of the company"),
    "imprint": N_("Imprint"),
    "language": N_("Language of the company"),
    "conversion_trigger": N_("What makes a prospect a customer"),
    "prospect_service_level": N_("Service level of new prospects"),
    "untouched_after_days": N_("Days without contact for customers without a contact rhythm"),
    "mail_from": N_("Sender"),
    "smtp_host": N_("Server for sending (SMTP)"),
    "smtp_port": N_("Port for sending"),
    "smtp_security": N_("Encryption for sending"),
    "smtp_user": N_("User name for sending"),
    "smtp_password": N_("Password for sending"),
    "acknowledges_mail": N_("The sender gets an automatic acknowledgement"),
    "closes_after_days": N_("Days after which a solved enquiry closes by itself"),
    "reopens_within_days": N_("Days in which an answer reopens a closed enquiry"),
    "confirmation_days": N_("Days in which a consent can be confirmed by its link"),
    "report_colour": N_("Colour of the reports"),
    "report_nps_target": N_("Target of the NPS"),
    "report_promises_target": N_("Target of promises kept (percent)"),
    "report_first_contact_target": N_("Target of enquiries solved at the first contact (percent)"),
}
_PASSWORDS = {"smtp_password": "smtp_user"}


async def change_company(values: Mapping[str, Any], version: int, *, by: int, now: datetime) -> None:
    """Save the settings named in LABELS. An empty password keeps the stored one, unless the user name is empty as well.
    Raises Conflict if somebody saved meanwhile."""
    unknown = set(values) - set(LABELS)
    if unknown:
        raise ValueError(f"not to be changed here: {sorted(unknown)}")
    async with transaction():
        before = await fetch_one(f"SELECT {', '.join(LABELS)}, version FROM company FOR UPDATE")
        if before is None:
            raise RuntimeError("crm migrate has not been run: the company's row is missing")
        wanted = dict(values)
        for password, user in _PASSWORDS.items():
            if not wanted.get(password) and wanted.get(user):
                wanted[password] = before[password]
        if before.version != version:
            raise Conflict(
                _("Somebody changed the settings while you were working on them."),
                _differences(before, wanted),
                before.version,
            )
        differing = {name: value for name, value in wanted.items() if before[name] != value}
        if not differing:
            return
        assignments = ", ".join(f"{name} = ${place}" for place, name in enumerate(differing, 1))
        await execute(f"UPDATE company SET {assignments}, version = version + 1", *differing.values())
        await audit.record(
            "settings.changed", "company", None, by=by, now=now,
            fields=audit.changes({name: before[name] for name in differing}, differing),
        )  # fmt: skip


def _differences(before: Any, wanted: Mapping[str, Any]) -> list[Difference]:
    return [
        Difference(name, _(LABELS[name]), *("•••", "•••") if name in _PASSWORDS else (str(before[name]), str(value)))
        for name, value in wanted.items()
        if before[name] != value
    ]


async def set_logo(sha256: str, *, by: int, now: datetime) -> None:
    """Use the stored file of this name as logo; an empty name takes the logo away."""
    async with transaction():
        before = await fetch_one("SELECT logo_hash FROM company FOR UPDATE")
        if before is None or before.logo_hash == sha256:
            return
        await execute("UPDATE company SET logo_hash = $1", sha256)
        await audit.record(
            "settings.logo", "company", None, by=by, now=now, fields={"logo": [before.logo_hash, sha256]}
        )
