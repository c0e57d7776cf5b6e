"""What somebody says about their mail: a form's or a call's fields to a Preference, or all errors at once."""

from __future__ import annotations

from datetime import time
from typing import Any

from crm.notifications.preferences import COLUMNS
from crm.notifications.quiet_times import EVENING, MORNING, Preference, Wish
from crm.web.forms import Fields
from crm.web.i18n import _

DIGEST_TIMES = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 30)]


def preference_from(fields: Fields) -> Preference:
    """Raises Invalid with every error."""
    wishes = {group: fields.choice(column, Wish) for group, column in COLUMNS.items()}
    digest_at = _time(fields.one_of("digest_at", DIGEST_TIMES, "07:00"))
    at_night = fields.flag("at_night")
    if Wish.DIGEST in wishes.values() and not at_night and not MORNING <= digest_at < EVENING:
        fields.error(
            "digest_at", _("At this time it is night (20:00 to 7:00). Choose another one, or allow mail at night.")
        )
    fields.check()
    return Preference(wishes, digest_at, at_night, fields.flag("on_days_off"))


def _time(words: str) -> time:
    """One of DIGEST_TIMES; for anything else, which has its error already, the usual one."""
    return time.fromisoformat(words) if words in DIGEST_TIMES else MORNING


def values_of(preference: Preference | None) -> dict[str, Any]:
    """The fields of the form; without a preference those that a form leaves out when they are off."""
    if preference is None:
        return {"at_night": "", "on_days_off": "", "digest_at": "07:00", **dict.fromkeys(COLUMNS.values(), "")}
    wishes = {column: preference.wish(group).value for group, column in COLUMNS.items()}
    return {
        **wishes, "digest_at": f"{preference.digest_at:%H:%M}", "at_night": "1" if preference.at_night else "",
        "on_days_off": "1" if preference.on_days_off else "",
    }  # fmt: skip
