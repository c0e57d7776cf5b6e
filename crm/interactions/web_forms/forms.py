"""Reading forms: the definition that a lead keeps, and what a customer has typed; the typed value, or all errors at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crm.database import Row
from crm.interactions.calls.forms import ABOUT_LIMIT, window_of
from crm.interactions.web_forms.entries import Entry
from crm.interactions.web_forms.guarding import HOURLY_LIMIT
from crm.interactions.web_forms.tables import FormKind
from crm.interactions.web_forms.words import ALWAYS, FIELDS
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _

TEXT_LIMIT = 20_000
MOST_ORIGINS = 20
_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")
_LIMITS = {"name": 200, "company": 200, "customer_number": 40, "order_number": 60, "subject": 200}


def read_definition(fields: Fields, known_topics: Sequence[str]) -> dict[str, Any]:
    """The values of a form's definition; `languages`, `asked`, `demanded` and `topics` come as lists. `check()` is the caller's."""
    kind = fields.choice("kind", FormKind, FormKind.ENQUIRY)
    languages = [code for code in LANGUAGES if code in _several(fields, "languages")]
    if not languages:
        fields.error("languages", _("Please choose one of the options."))
    values: dict[str, Any] = {
        "name": fields.text("name", required=True, limit=120),
        "kind": kind.value,
        "languages": ",".join(languages),
        "privacy_url": fields.text("privacy_url", required=True, limit=500),
        "takes_files": fields.flag("takes_files") and kind == FormKind.ENQUIRY,
        "origins": _origins(fields),
        "hourly_limit": fields.number("hourly_limit", low=1, high=10_000) or HOURLY_LIMIT,
    }
    for code in LANGUAGES:
        is_spoken = code in languages
        values[f"title_{code}"] = fields.text(f"title_{code}", required=is_spoken, limit=160)
        for part in ("thanks", "privacy"):
            values[f"{part}_{code}"] = fields.text(f"{part}_{code}", required=is_spoken, limit=5000, many_lines=True)
    if values["privacy_url"] and not _ADDRESS.fullmatch(values["privacy_url"]):
        fields.error("privacy_url", _("Give the whole address, such as https://www.example.de/datenschutz."))
    always = ALWAYS[kind]
    demanded = [name for name in FIELDS if name in always or name in _several(fields, "demanded")]
    asked = [name for name in FIELDS if name in demanded or name in _several(fields, "asked")]
    topics = _several(fields, "topics")
    if unknown := [code for code in topics if code not in known_topics]:
        fields.error("topics", _("There is no topic with this code.") + f" {unknown[0][:40]}")
    return values | {"asked": ",".join(asked), "demanded": ",".join(demanded), "topics": ",".join(topics)}


def _several(fields: Fields, name: str) -> list[str]:
    value = fields.values.get(name, ())
    found = value.split(",") if isinstance(value, str) else value
    return [str(one).strip()[:60] for one in found if str(one).strip()][:60]


def _origins(fields: Fields) -> str:
    """One website a line; a path behind it is left out, since browsers compare the origin alone."""
    lines = fields.text("origins", limit=3000, many_lines=True).lower().split()
    found = []
    for line in lines:
        origin = _ORIGIN.match(line)
        if origin is None or line[origin.end() : origin.end() + 1] not in ("", "/"):
            fields.error(
                "origins", _("“%(line)s” is no website. An example: https://www.example.de") % {"line": line[:60]}
            )
        else:
            found.append(origin[0])
    if len(found) > MOST_ORIGINS:
        fields.error("origins", _("At most %(n)s websites, please.") % {"n": MOST_ORIGINS})
    return "\n".join(dict.fromkeys(found))


def read_entry(form: Row, values: Mapping[str, Any], refused: str, language: str, now: datetime) -> Entry:
    """What a customer has typed into this form. Raises Invalid with all errors; `refused` says why files cannot be taken."""
    fields = Fields(values)
    asked, demanded = form.asked.split(","), form.demanded.split(",")
    typed = {
        name: fields.text(name, required=name in demanded, limit=limit) if name in asked else ""
        for name, limit in _LIMITS.items()
    }
    email = fields.email("email", required="email" in demanded) if "email" in asked else ""
    if "phone" in asked and "phone" in demanded:
        fields.text("phone", required=True)
    phone = fields.phone("phone") if "phone" in asked else ""
    is_call = form.kind == FormKind.CALL_BACK
    limit = ABOUT_LIMIT - 1000 if is_call else TEXT_LIMIT
    text = fields.text("text", required=not is_call, limit=limit, many_lines=True)
    window = window_of(fields, now) if is_call else None
    topics = [code for code in form.topics.split(",") if code]
    topic = topics[0] if len(topics) == 1 else fields.text("topic")
    if topic and topic not in topics:
        fields.error("topic", _("Please choose one of the options."))
    if not fields.flag("privacy_read"):
        fields.error("privacy_read", _("Please confirm that you have read how we handle your data."))
    if refused:
        fields.error("file", refused)
    fields.check()
    return Entry(
        kind=FormKind(form.kind), title=form[f"title_{language}"], language=language, email=email, phone=phone, text=text, topic=topic,
        form=form.code,
        from_at=window.starts if window else None, until_at=window.ends if window else None, files=[],
        left_out=[], **typed,
    )  # fmt: skip
