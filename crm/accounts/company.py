"""The company's one row of settings, and the secret that signs links and form tokens."""

from __future__ import annotations

import secrets

from crm.accounts.tables import Company
from crm.database import Row, execute, fetch_one, fetch_value

_secret: bytes | None = None


async def install_company() -> None:
    """Make the one row, with a fresh secret, if it isn't there yet. Safe to run twice and at the same time."""
    await execute(
        "INSERT INTO company (name, language, secret, imprint) VALUES ('', 'de', $1, '') ON CONFLICT DO NOTHING",
        secrets.token_bytes(32),
    )


async def company() -> Row:
    """The company's settings, without its secrets."""
    row = await fetch_one(
        "SELECT id, name, imprint, logo_hash, language, conversion_trigger, prospect_service_level, "
        "mail_from, smtp_host, smtp_port, smtp_security, smtp_user, "
        "smtp_password <> '' AS has_smtp_password, acknowledges_mail, closes_after_days, "
        "reopens_within_days, confirmation_days, report_colour, report_nps_target, report_promises_target, "
        "report_first_contact_target, demo_filled_at, version FROM company"
    )
    if row is None:
        raise RuntimeError("crm migrate has not been run: the company's row is missing")
    return row


async def company_for_mail() -> Company:
    """The whole row, passwords included: only for the transport and its tests."""
    row = await Company.objects().first()
    if row is None:
        raise RuntimeError("crm migrate has not been run: the company's row is missing")
    return row


async def signing_secret() -> bytes:
    """The secret of this installation. It never changes, so each process reads it once."""
    global _secret
    if _secret is None:
        _secret = bytes(await fetch_value("SELECT secret FROM company") or b"")
    if not _secret:
        raise RuntimeError("crm migrate has not been run: the company's row is missing")
    return _secret


async def tells_at_night() -> bool:
    """Whether warnings and missed promises are told at night too."""
    return bool(await fetch_value("SELECT tells_at_night FROM company"))
