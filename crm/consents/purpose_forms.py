"""What was typed about a purpose, for page and API alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crm.consents.purpose_rules import ALL_CHANNELS, LONGEST_MONTHS, PurposeData
from crm.consents.tables import LegalBasis
from crm.text import fold
from crm.web.forms import Fields
from crm.web.i18n import _

CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
LONGEST_WORDING = 4000


def purpose_data(fields: Fields, channels: Iterable[str]) -> PurposeData:
    """The purpose as typed; errors are noted in `fields`. Times are a number and a unit (`..._unit`: months or years)."""
    chosen = set(channels)
    if wrong := chosen - set(ALL_CHANNELS):
        words = {"value": min(wrong)[:40], "options": ", ".join(ALL_CHANNELS)}
        fields.error("channels", _("“%(value)s” is none of: %(options)s.") % words)
    return PurposeData(
        name_de=fields.text("name_de", required=True, limit=120),
        name_en=fields.text("name_en", required=True, limit=120),
        legal_basis=fields.choice("legal_basis", LegalBasis),
        channels=tuple(channel for channel in ALL_CHANNELS if channel in chosen),
        is_advertising=fields.flag("is_advertising"),
        is_own_similar=fields.flag("is_own_similar"),
        needs_confirmation=fields.flag("needs_confirmation"),
        retention_months=_months(fields, "retention_months"),
        consent_months=_months(fields, "consent_months"),
        position=fields.number("position", low=0, high=10_000) or 0,
    )


def _months(fields: Fields, name: str) -> int | None:
    per_unit = 12 if fields.text(f"{name}_unit") == "years" else 1
    number = fields.number(name, low=1, high=LONGEST_MONTHS // per_unit)
    return None if number is None else number * per_unit


def code_in(fields: Fields) -> str:
    """The code that was typed, or one made from the English name."""
    typed = fields.text("code", limit=40)
    words = fold(fields.text("name_en", limit=120)).replace(" ", "_")[:40].strip("_")
    code = typed or (words if CODE.fullmatch(words) else f"x_{words}"[:40].strip("_"))
    if not CODE.fullmatch(code) or code == "new":  # which is the address of the form
        fields.error("code", _("Small letters, digits and underscores, beginning with a letter: household_size"))
    return code


def wording_texts(fields: Fields) -> tuple[str, str]:
    """The German and the English text."""
    german, english = (
        fields.text(f"wording_{language}", limit=LONGEST_WORDING, many_lines=True) for language in ("de", "en")
    )
    return german, english
