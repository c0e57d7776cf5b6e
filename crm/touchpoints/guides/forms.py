"""The form of a guide: its body as typed values, or every error at once. Steps come as rows that are numbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm.touchpoints.guides.editing import GuideData
from crm.touchpoints.guides.rules import REVIEW_MONTHS, GuideView, Step
from crm.touchpoints.tables import StepFor
from crm.web.forms import Fields
from crm.web.i18n import N_, _

MOST_STEPS = 12
STEP_LIMIT = 200
SPARE_ROWS = 2

LABELS = {
    "name_de": N_("Name in German"), "name_en": N_("Name in English"), "review_on": N_("Look at it again on"),
    "touchpoints": N_("For these touchpoints"), "channels": N_("For these channels"), "steps": N_("Steps"),
    "review_months": N_("Months until the next review"), "owner": N_("Who looks after it"),
}  # fmt: skip
MEANT_FOR = {
    StepFor.EVERYONE: N_("for everybody"), StepFor.PERSON: N_("for private persons"), StepFor.ORGANISATION: N_("for companies"),
}  # fmt: skip


def parse_guide(
    values: Mapping[str, Any], touchpoints: Sequence[str], channels: Sequence[str]
) -> tuple[GuideData, int]:
    """What the form says and the version that it was made from. Raises Invalid with all errors."""
    fields = Fields(values)
    data = GuideData(
        name_de=fields.text("name_de", required=True, limit=120),
        name_en=fields.text("name_en", limit=120),
        touchpoints=tuple(code for code in touchpoints if fields.flag(f"touchpoint_{code}")),
        channels=tuple(code for code in channels if fields.flag(f"channel_{code}")),
        review_on=fields.on("review_on", required=True),
        is_active=fields.flag("is_active"),
        steps=_steps(fields),
        review_months=fields.number("review_months", low=1, high=60) or REVIEW_MONTHS,
        owner_id=fields.reference("owner"),
    )
    version = fields.number("version", low=1, high=2**31 - 1) or 1
    if not data.steps and "steps" not in fields.errors:
        fields.error("steps", _("Write at least one step."))
    fields.check()
    return data, version


def _steps(fields: Fields) -> tuple[Step, ...]:
    """The rows in the order of their numbers; a row without any text is left out."""
    found: list[tuple[int, int, Step]] = []
    for row in range(1, MOST_STEPS + 1):
        german = fields.text(f"step_de_{row}", limit=STEP_LIMIT)
        english = fields.text(f"step_en_{row}", limit=STEP_LIMIT)
        meant_for = fields.choice(f"step_for_{row}", StepFor, StepFor.EVERYONE)
        place = fields.number(f"step_place_{row}", low=1, high=99)
        if english and not german:
            fields.error(f"step_de_{row}", _("The German text is missing."))
        if german:
            key = fields.text(f"step_key_{row}", limit=10)
            found.append((place or row, row, Step(key, meant_for.value, german, english)))
    return tuple(step for _place, _row, step in sorted(found, key=lambda each: each[:2]))


def typed(guide: GuideView) -> dict[str, Any]:
    """The values of a guide as its form shows them."""
    values: dict[str, Any] = {
        "name_de": guide.name_de, "name_en": "" if guide.name_en == guide.name_de else guide.name_en,
        "review_on": guide.review_on.isoformat() if guide.review_on else "", "is_active": "1" if guide.is_active else "",
        "review_months": guide.review_months, "owner": str(guide.owner_id or ""),
        "review_was": guide.review_on.isoformat() if guide.review_on else "",
        "version": guide.version, **{f"touchpoint_{code}": "1" for code in guide.touchpoints},
        **{f"channel_{code}": "1" for code in guide.channels},
    }  # fmt: skip
    for row, step in enumerate(guide.steps, 1):
        values |= {
            f"step_key_{row}": step.key, f"step_for_{row}": step.meant_for, f"step_de_{row}": step.text_de,
            f"step_en_{row}": step.text_en, f"step_place_{row}": row,
        }  # fmt: skip
    return values


def rows_shown(values: Mapping[str, Any]) -> int:
    """How many rows of steps the form shows: those with a text and some empty ones."""
    last = max(
        (row for row in range(1, MOST_STEPS + 1) if values.get(f"step_de_{row}") or values.get(f"step_en_{row}")),
        default=2,
    )
    return min(MOST_STEPS, last + SPARE_ROWS)
