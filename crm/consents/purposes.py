"""Adding a purpose for which data are kept: with the wording that people see before they agree to it."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.consents.tables import PROCESSING, LegalBasis
from crm.database import execute, fetch_value, transaction
from crm.errors import Invalid
from crm.web.i18n import _


async def add_purpose(
    code: str, name_de: str, name_en: str, wording_de: str, wording_en: str, *, by: int | None, now: datetime
) -> None:
    """A new purpose that rests on consent and for which nothing is sent; its first wording holds from now. Raises Invalid
    if there is one with this code."""
    async with transaction():
        purpose = await fetch_value(
            "INSERT INTO purpose (code, name_de, name_en, legal_basis, is_advertising, needs_confirmation, channels, position) "
            "SELECT $1, $2, $3, $4, false, false, $5, coalesce(max(position) + 1, 0) FROM purpose "
            "ON CONFLICT (code) DO NOTHING RETURNING id",
            code, name_de, name_en, LegalBasis.CONSENT.value, PROCESSING,
        )  # fmt: skip
        if purpose is None:
            raise Invalid({"code": _("There is already a purpose with this code.")})
        for language, text in (("de", wording_de), ("en", wording_en)):
            await execute(
                "INSERT INTO wording (purpose, version, language, text, valid_from) VALUES ($1, 1, $2, $3, $4)",
                purpose, language, text, now,
            )  # fmt: skip
        fields = {"purpose": code, "name_de": name_de, "name_en": name_en}
        if by is not None:  # what a company starts with, nobody has added
            await record("purpose.added", "purpose", int(purpose), by=by, now=now, fields=fields)
