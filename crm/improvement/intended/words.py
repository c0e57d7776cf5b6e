"""The words of intended journeys: labels, and what an entry of the audit trail changed, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crm.customers.words import CHANNELS
from crm.improvement.intended.forms import shown_aim
from crm.web.i18n import N_, _

LABELS = {
    "name": N_("Name"), "segment": N_("For which customers"), "goal": N_("Goal"), "steps": N_("Touchpoints"),
}  # fmt: skip
MOST = 30
"""Sentences that are told of one change."""


def told(fields: Mapping[str, Any], names: Mapping[str, str], staff: Mapping[int, str]) -> list[str]:
    """What an entry says, in sentences. `names` are those of the touchpoints by code, `staff` those of colleagues by id."""
    found = []
    for field, words in (
        ("journey_name", _("Name: %(value)s")), ("journey_goal", _("Goal: %(value)s")), ("journey_segment", _("Other customers")),
    ):  # fmt: skip
        before, after = _pair(fields.get(field))
        if before is not None and before != after:
            found.append(words % {"value": _short(str(after))} if "%" in words else words)
    before, after = _pair(fields.get("journey_steps"))
    if isinstance(after, list):
        found += _steps(before if isinstance(before, list) else [], after, names, staff)
    return found[:MOST]


def _steps(
    before: Sequence[dict[str, Any]],
    after: Sequence[dict[str, Any]],
    names: Mapping[str, str],
    staff: Mapping[int, str],
) -> Iterator[str]:
    old, new = ({step["touchpoint"]: step for step in steps} for steps in (before, after))

    def name(code: str) -> str:
        return names.get(code, code)

    added, gone = [code for code in new if code not in old], [code for code in old if code not in new]
    if added:
        yield _("Added: %(names)s") % {"names": ", ".join(map(name, added))}
    if gone:
        yield _("Taken out: %(names)s") % {"names": ", ".join(map(name, gone))}
    if [code for code in old if code in new] != [code for code in new if code in old]:
        yield _("New order: %(names)s") % {"names": " → ".join(map(name, new))}
    for code, step in new.items():
        for field in ("channels", "aim", "responsible", "note"):
            if code in old and old[code][field] != step[field]:
                yield _changed(name(code), field, step[field], staff)


def _changed(name: str, field: str, value: Any, staff: Mapping[int, str]) -> str:
    words = {"name": name, "value": "–"}
    if field == "aim":
        return _("%(name)s: aim %(value)s") % {**words, "value": shown_aim(value)}
    if field == "channels":
        channels = ", ".join(_(CHANNELS[code]) for code in value if code in CHANNELS)
        return _("%(name)s: channels %(value)s") % {**words, "value": channels or "–"}
    if field == "responsible":
        return _("%(name)s: responsible %(value)s") % {**words, "value": staff.get(value, "–")}
    return _("%(name)s: note %(value)s") % {**words, "value": _short(str(value))}


def _pair(value: Any) -> tuple[Any, Any]:
    return (value[0], value[1]) if isinstance(value, list) and len(value) == 2 else (None, value)


def _short(text: str) -> str:
    return f"{text[:80]}…" if len(text) > 80 else text or "–"
