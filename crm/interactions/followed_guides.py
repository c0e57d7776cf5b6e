"""Which guide was followed in a contact and which of its steps: kept with the contact and told on its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from crm.database import fetch_one
from crm.errors import Invalid
from crm.interactions.tables import LeftOut
from crm.touchpoints.guides.queries import guides_for
from crm.touchpoints.guides.rules import GuideView, Step, step_of, steps_for, suitable
from crm.web.forms import Fields
from crm.web.i18n import _, language

NONE = "none"
"""What the form sends for no guide at all; without a word about it the suitable one is shown."""
STEP = "guide_step_"


@dataclass(frozen=True)
class GuideSteps:
    """The steps of a guide (their keys) that were ticked, in the version that was shown, and perhaps why others were not."""

    code: str
    version: int
    done: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GuideBeside:
    """The guide beside the log form: `shown` None if the person wants none, or none suits."""

    choices: list[tuple[str, str]]
    auto: str
    shown: GuideView | None
    steps: tuple[Step, ...]
    ticked: frozenset[str]
    lang: str


async def guide_beside(values: Mapping[str, Any], customer_id: int | None) -> GuideBeside:
    """What the form shows for what was entered in it so far; one statement. What a person chose stays, whatever touchpoint and
    channel they choose later; else it is the one that suits best."""
    found = await guides_for(customer_id)
    touchpoint, channel = str(values.get("touchpoint") or ""), str(values.get("channel") or "phone")
    fitting = suitable(found.guides, touchpoint=touchpoint, channel=channel, kind=found.kind)
    auto = fitting.code if fitting else NONE
    before, chosen = str(values.get("guide_auto") or ""), str(values.get("guide") or "")
    wanted = chosen if before and chosen != before else auto
    shown = next((guide for guide in found.guides if guide.code == wanted), None if wanted == NONE else fitting)
    lang = language.get()
    names = [(guide.code, guide.name_en if lang == "en" else guide.name_de) for guide in found.guides]
    steps = steps_for(shown.steps, found.kind) if shown else ()
    is_same = shown is not None and values.get("guide_shown") == shown.code  # keys mean something within one guide only
    ticked = frozenset(step.key for step in steps if is_same and values.get(STEP + step.key) == "1")
    return GuideBeside(names, auto, shown, steps, ticked, lang)


def parse_steps(fields: Fields) -> GuideSteps | None:
    """What was ticked in the form; None if nothing was: whoever ignores the guide has not followed it."""
    done = tuple(
        name.removeprefix(STEP)
        for name in fields.values
        if isinstance(name, str) and name.startswith(STEP) and fields.flag(name)
    )
    reason = fields.one_of("guide_reason", ["", *LeftOut])
    code = fields.text("guide_shown", limit=40)
    if not code or fields.text("guide") == NONE or not (done or reason):
        return None
    version = fields.number("guide_version", low=1, high=2**31 - 1, required=True)
    return GuideSteps(code, version or 1, done, reason)


_KEEP = """
    INSERT INTO followed_guide (interaction, guide, version, variant, done, reason)
    SELECT i.id, g.id, v.version, coalesce(c.kind, 'everyone'), s.done, $5
    FROM interaction i
    JOIN guide g ON g.code = $2 JOIN guide_version v ON v.guide = g.id AND v.version = $3
    LEFT JOIN customer c ON c.id = i.customer
    CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(e.step->>'key' ORDER BY e.place), '[]') AS done
        FROM jsonb_array_elements(v.steps) WITH ORDINALITY AS e(step, place)
        WHERE e.step->>'key' = ANY($4::text[]) AND e.step->>'for' IN ('everyone', c.kind)
    ) s
    WHERE i.id = $1
    RETURNING jsonb_array_length(done) AS kept
"""


async def keep_guide(interaction_id: int, steps: GuideSteps) -> None:
    """Store the steps with the contact, in the caller's transaction; one statement. Raises Invalid for a guide or version that
    there is not, and for steps that it does not have for this kind of customer."""
    code, done = (
        text.replace("\x00", "") for text in (steps.code, "\n".join(steps.done))
    )  # what PostgreSQL can't hold
    row = await fetch_one(_KEEP, interaction_id, code, steps.version, done.split("\n"), steps.reason)
    if row is None:
        raise Invalid({"guide": _("There is no guide with this code and version.")})
    if row.kept != len(set(steps.done)):
        raise Invalid({"guide": _("This guide has no such step for this customer.")})


@dataclass(frozen=True, slots=True)
class FollowedSteps:
    """What of a guide was followed in one contact, as its page tells it: (step, whether it was ticked)."""

    code: str
    name: str
    version: int
    newest: int
    reason: str
    steps: tuple[tuple[Step, bool], ...]
    lang: str

    @property
    def done(self) -> list[str]:
        return [step.key for step, ticked in self.steps if ticked]

    @property
    def left_out(self) -> list[str]:
        return [step.key for step, ticked in self.steps if not ticked]


async def followed_in(interaction_id: int) -> FollowedSteps | None:
    """The guide that was followed in a contact, in the version of that time; None without one."""
    lang = language.get()
    row = await fetch_one(
        "SELECT g.code, coalesce(nullif(CASE WHEN $2 = 'en' THEN g.name_en END, ''), g.name_de) AS name, g.version AS newest, "
        "f.version, f.variant, f.done::text AS done, f.reason, v.steps::text AS steps FROM followed_guide f "
        "JOIN guide g ON g.id = f.guide JOIN guide_version v ON v.guide = g.id AND v.version = f.version WHERE f.interaction = $1",
        interaction_id, lang,
    )  # fmt: skip
    if row is None:
        return None
    done = set(msgspec.json.decode(row.done))
    steps = steps_for([step_of(step) for step in msgspec.json.decode(row.steps)], row.variant)
    told = tuple((step, step.key in done) for step in steps)
    return FollowedSteps(row.code, row.name, row.version, row.newest, row.reason, told, lang)
