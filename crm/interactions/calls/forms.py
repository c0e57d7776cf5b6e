"""The forms of calls to return: the body as typed values, or every error at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.interactions.calls.noting import NewCallBack
from crm.interactions.calls.tables import CallBackKind
from crm.interactions.calls.windows import Window, is_over, understand_window
from crm.interactions.forms import note
from crm.web.forms import Fields, doubt_sentence
from crm.web.i18n import _, zone
from crm.web.spoken_calendar import Unclear

ABOUT_LIMIT = 5000


def window_of(fields: Fields, now: datetime, name: str = "window") -> Window:
    """When somebody can be reached, in words, read as of when they were shown."""
    words = fields.text(name, limit=120)
    if not words:
        return Window()
    read_at = fields.read_at(name, now)
    try:
        window = understand_window(words, read_at, zone.get())
    except Unclear as unclear:
        fields.error(name, doubt_sentence(unclear))
        return Window()
    if is_over(window, now, zone.get()):
        fields.error(name, _("This time is over. When can we call?"))
    return window


def parse_call_back(values: Mapping[str, Any], now: datetime) -> NewCallBack:
    """What was typed of somebody who waits for a call. `caller` is "customer-person" of one of those whose number it can be.
    Raises Invalid with all errors."""
    fields = Fields(values)
    kind = fields.choice("kind", CallBackKind, CallBackKind.WANTED)
    number = fields.phone("number")
    name = fields.text("name", limit=200)
    if not number and not name and "number" not in fields.errors:
        fields.error("number", _("Whom shall we call? A number or a name is needed."))
    if kind == CallBackKind.MISSED and not number and "number" not in fields.errors:
        fields.error("number", _("A missed call needs its number."))
    is_missed = kind == CallBackKind.MISSED
    window = Window() if is_missed else window_of(fields, now)
    at = fields.moment("at") if is_missed else None
    if at is not None and at > now:
        fields.error("at", _("A call cannot lie in the future."))
    customer_id, person_id = _caller(fields)
    about = note(fields, "about")
    if len(about) > ABOUT_LIMIT:
        sentence = _("That is %(n)s characters; at most %(limit)s fit.")
        fields.error("about", sentence % {"n": len(about), "limit": ABOUT_LIMIT})
    wish = NewCallBack(
        kind=kind, number=number, name=name, about=about, at=at, from_at=window.starts, until_at=window.ends,
        user_id=fields.reference("user_id"), customer_id=customer_id, person_id=person_id,
        is_unknown="caller" in values and not values["caller"],
    )  # fmt: skip
    fields.check()
    return wish


def _caller(fields: Fields) -> tuple[int | None, int | None]:
    """The customer, and the person if one is meant, that were chosen among those who have the number."""
    customer, _dash, person = fields.text("caller").partition("-")
    parts = Fields({"customer": customer, "person": person})
    found = parts.reference("customer"), parts.reference("person")
    if parts.errors:
        fields.error("caller", _("Please choose one of the options."))
        return None, None
    return found


def parse_caller(values: Mapping[str, Any]) -> tuple[int, int | None]:
    """Who it was who called. Raises Invalid."""
    fields = Fields(values)
    customer_id, person_id = _caller(fields)
    if customer_id is None and "caller" not in fields.errors:
        fields.error("caller", _("Please choose one of the options."))
    fields.check()
    return customer_id or 0, person_id


def parse_call_result(values: Mapping[str, Any]) -> str:
    """The line that says what came of the call. Raises Invalid."""
    fields = Fields(values)
    result = note(fields, "result")
    if not result:
        fields.error("result", _("Write a word or two about what came of it."))
    fields.check()
    return result
