"""Reads the rows of old contacts, consents, products, quotations and orders: typed values, or every error with its column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from typing import Any

from crm.consents.tables import CHANNELS as CONSENT_CHANNELS
from crm.consents.tables import ConsentEventKind
from crm.interactions.tables import Channel, Direction
from crm.records import values
from crm.records.parsing import Parsed, Plan, assigned, column_of, fingerprint, first_errors
from crm.records.parsing_orders import order_row
from crm.records.parsing_sales import product_row, quotation_row
from crm.records.reading import RawRow
from crm.records.targets import NUMBERED, ImportKind
from crm.text import fold
from crm.web.forms import FIRST_YEAR, LAST_YEAR, Fields
from crm.web.i18n import LANGUAGES, _, speaking, zone

_CHANNELS = {
    "phone": ("telefon", "anruf", "call", "telefonat", "phone call", "telefonisch"), "email": ("e-mail", "mail", "e mail"),
    "visit": ("besuch", "meeting", "termin", "treffen", "vor ort", "besprechung"), "letter": ("brief", "post"),
    "chat": ("chat", "whatsapp", "live chat"), "web": ("webformular", "formular", "website", "kontaktformular"),
    "social": ("social media", "soziale medien", "linkedin", "xing"), "fair": ("messe", "trade fair"),
    "review": ("bewertung",), "press": ("presse",), "word_of_mouth": ("mundpropaganda", "word of mouth"),
    "other": ("sonstiges", "andere", "aufgabe", "task", "notiz", "note", "lunch", "deadline"),
}  # fmt: skip
_DIRECTIONS = {
    "inbound": ("eingehend", "ein", "in", "eingang", "vom kunden", "incoming", "received"),
    "outbound": ("ausgehend", "aus", "out", "ausgang", "zum kunden", "outgoing", "sent"),
}  # fmt: skip
_EVENTS = {
    "given": ("erteilt", "ja", "yes", "eingewilligt", "zugestimmt", "opt-in", "optin", "subscribed", "1", "true"),
    "confirmed": ("bestätigt", "double opt-in", "doi", "confirmed opt-in"),
    "refused": ("verweigert", "abgelehnt", "nein", "no", "0", "false", "never subscribed"),
    "withdrawn": ("widerrufen", "zurückgezogen", "abgemeldet", "unsubscribed", "opt-out", "optout"),
    "objected": ("widersprochen", "widerspruch"), "expired": ("abgelaufen",),
}  # fmt: skip
_CONSENT_CHANNELS = {"email": ("e-mail", "mail", "e mail"), "phone": ("telefon", "anruf"), "letter": ("brief", "post")}
_TIMES = ("%H:%M", "%H:%M:%S", "%I:%M %p")
_MOMENTS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%y %H:%M", "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M",
)  # fmt: skip


def parse_other(plan: Plan, row: RawRow) -> Parsed:
    """One row of an import that is not of customers."""
    cells = {code: values.plain(text) for code, text in assigned(plan, row).items()}
    parsed = Parsed(row.line, cells=row.cells, label=_label(plan, cells))
    if plan.kind is ImportKind.ORDERS:  # a row that is wrong says of which order, too: that one does not come in
        parsed.values = {"order": {"number": " ".join(cells.get("number", "").split())}}
    if errors := first_errors(plan, row, cells):
        parsed.errors = errors
        return parsed
    read = _READERS[plan.kind]
    for language in LANGUAGES:
        with speaking(language):
            fields = Fields(cells)
            found = read(plan, fields)
        if fields.errors:
            parsed.errors[language] = {column_of(plan, code): sentence for code, sentence in fields.errors.items()}
    if not parsed.errors:
        parsed.values = {**_whose(cells), **found}
        own = found.get("external_id")
        parsed.fingerprint = (
            fingerprint(plan.kind.value, own) if own else fingerprint(plan.kind.value, sorted(cells.items()))
        )
    return parsed


def _label(plan: Plan, cells: Mapping[str, str]) -> str:
    if plan.kind is ImportKind.ORDERS:
        what = ", ".join(filter(None, (cells.get("number"), cells.get("text") or cells.get("product"))))
        return " ".join(what.split())[:200]
    if plan.kind in NUMBERED:
        named = (cells.get(NUMBERED[plan.kind]), cells.get("subject") or cells.get("name_de") or cells.get("name_en"))
        return " ".join(", ".join(filter(None, named)).split())[:200]
    what = cells.get("subject") or cells.get("text") or cells.get("purpose") or ""
    whose = cells.get("customer_external_id") or cells.get("customer_number") or cells.get("person_email") or ""
    return ": ".join(filter(None, (whose, " ".join(what.split())[:120])))[:200]


def _whose(cells: Mapping[str, str]) -> dict[str, str]:
    return {
        "customer_external_id": cells.get("customer_external_id", ""), "customer_number": cells.get("customer_number", ""),
        "person_email": cells.get("person_email", "").lower(),
    }  # fmt: skip


def _demand_whose(fields: Fields) -> None:
    codes = ("customer_external_id", "customer_number", "person_email")
    if not any(fields.text(code) for code in codes):
        code = next((each for each in codes if each in fields.values), codes[0])
        fields.error(code, _("Please fill this in."))


def _interaction(plan: Plan, fields: Fields) -> dict[str, Any]:
    _demand_whose(fields)
    subject, text = fields.text("subject"), fields.text("text", limit=200_000, many_lines=True)
    staff = fields.text("staff")
    return {
        "at": _moment(fields, plan), "channel": _word(fields, "channel", _CHANNELS, Channel.OTHER),
        "direction": _word(fields, "direction", _DIRECTIONS, Direction.INBOUND), "text": "\n".join(filter(None, (subject, text))),
        "touchpoint": fields.text("touchpoint", limit=60), "reason": fields.text("reason", limit=120),
        "impression": fields.number("impression", low=1, high=5),
        "minutes": fields.number("minutes", low=0, high=10_000), "by": plan.staff.get(staff.lower()) or plan.staff.get(fold(staff)),
        "external_id": fields.text("external_id", limit=200),
    }  # fmt: skip


def _consent(plan: Plan, fields: Fields) -> dict[str, Any]:
    _demand_whose(fields)
    fields.text("purpose", required=True)
    fields.text("event", required=True)
    if not fields.text("consent_channel"):
        fields.error("consent_channel", _("Please fill this in."))
    return {
        "purpose": fields.text("purpose", limit=40).lower(), "event": _word(fields, "event", _EVENTS, ConsentEventKind.GIVEN),
        "channel": _word(fields, "consent_channel", _CONSENT_CHANNELS, CONSENT_CHANNELS[0]), "at": _moment(fields, plan),
        "wording_version": fields.number("wording_version", low=1, high=100_000), "evidence": fields.text("evidence", limit=1000),
    }  # fmt: skip


def _product(plan: Plan, fields: Fields) -> dict[str, Any]:
    return product_row(fields)


def _quotation(plan: Plan, fields: Fields) -> dict[str, Any]:
    return quotation_row(fields, lambda code, required: _moment(fields, plan, code, required=required))


def _order(plan: Plan, fields: Fields) -> dict[str, Any]:
    return order_row(fields, is_american=plan.is_american)


_READERS: dict[ImportKind, Callable[[Plan, Fields], dict[str, Any]]] = {
    ImportKind.INTERACTIONS: _interaction, ImportKind.CONSENTS: _consent, ImportKind.PRODUCTS: _product,
    ImportKind.QUOTATIONS: _quotation, ImportKind.ORDERS: _order,
}  # fmt: skip


def _word(fields: Fields, code: str, words: Mapping[str, tuple[str, ...]], usual: str) -> str:
    """A code, or one of the words that stand for it."""
    said = fields.text(code).lower()
    if not said:
        return str(usual)
    found = next((each for each, others in words.items() if said == each or said in others), None)
    if found is None:
        known = ", ".join(words)
        fields.error(code, _("“%(value)s” is none of: %(options)s.") % {"value": said[:40], "options": known})
    return found or str(usual)


def _moment(fields: Fields, plan: Plan, code: str = "at", *, required: bool = True) -> datetime | None:
    """Date and time of the company's zone, in one cell or in two; a date alone means noon."""
    said = fields.text(code, required=required)
    if not said:
        return None
    clock = fields.text("time") if code == "at" else ""
    found = _exact(said) or _day_and_clock(values.day(said, is_american=plan.is_american), clock)
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        fields.error(code, _("Please enter date and time such as 30.11.2026 09:00."))
        return None
    return found if found.tzinfo is UTC else found.astimezone(UTC)


def _exact(said: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        found = None
    if found is not None and (found.tzinfo is not None or found.time() != time()):
        return found if found.tzinfo is not None else found.replace(tzinfo=zone.get())
    for pattern in _MOMENTS:
        try:
            return datetime.strptime(said, pattern).replace(tzinfo=zone.get())
        except ValueError:
            continue
    return None


def _day_and_clock(day: str, clock: str) -> datetime | None:
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            found = datetime.strptime(day, pattern)
        except ValueError:
            continue
        at = time(12)
        for each in _TIMES:
            try:
                at = datetime.strptime(clock, each).time()
            except ValueError:
                continue
        return found.replace(hour=at.hour, minute=at.minute, tzinfo=zone.get())
    return None
