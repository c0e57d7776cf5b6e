"""What a follow-up says that nobody has set: a sentence in the reader's language, made of the values of its cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.consents.sentences import reason
from crm.reminders.causing import filled
from crm.reminders.tables import Cause
from crm.web.formats import local, money, short_date
from crm.web.i18n import N_, _, language, ngettext

NAMES = {
    Cause.RHYTHM: N_("Contact rhythm"), Cause.PROSPECT: N_("New prospect"), Cause.QUOTATION: N_("Quotation sent"),
    Cause.DELIVERED: N_("Order delivered"), Cause.QUIET: N_("Unusually quiet"),
}  # fmt: skip
NO_MAIL = {
    "no_automatic": N_("this customer wants no automatic answers."),
    "nobody_to_write_to": N_("no e-mail address is known."),
    "no_template": N_("its template is not in use any more."),
    "no_language": N_("its template has no text in the customer's language."),
    "gap": N_("%(left)s could not be filled in."),
    "not_delivered": N_("the mail server did not take it (%(error)s)."),
}  # fmt: skip
"""Why a rule's mail does not go out, beside the reasons of the gate."""


def caused_text(cause: str, detail: Mapping[str, Any], customer: str, now: datetime) -> str:
    """The sentence; `customer` is empty where the reader may not know the name (any more)."""
    name = customer or _("the customer")
    if cause == Cause.RHYTHM:
        return _rhythm(detail, name, now)
    text = str(detail.get("text_de" if language.get() == "de" else "text_en") or "")
    said = filled(text, _values(detail, name, now))
    if cause == Cause.QUIET:
        said = f"{said} {_quiet(detail)}".strip()
    return f"{said} {no_mail_sentence(detail['no_mail'])}" if detail.get("no_mail") else said


def no_mail_sentence(why: Mapping[str, Any]) -> str:
    """Why the mail that a rule wanted did not go out: `code` and `params`, of the gate or of NO_MAIL; `purpose_de`, `purpose_en`."""
    code, params = str(why.get("code") or ""), why.get("params") or {}
    names = {lang: str(why.get(f"purpose_{lang}") or "") for lang in ("de", "en")}
    because = _(NO_MAIL[code]) % params if code in NO_MAIL else reason(code, params, names)
    return _("No mail went out: %(because)s") % {"because": because}


def _rhythm(detail: Mapping[str, Any], name: str, now: datetime) -> str:
    level = detail.get("level_de" if language.get() == "de" else "level_en") or ""
    last = detail.get("last_contact_at")
    promised = ngettext(
        "service level %(level)s promises one every day.",
        "service level %(level)s promises one every %(days)s days.",
        int(detail["days"]),
    ) % {"level": level, "days": detail["days"]}
    if not last:
        return _("No contact with %(customer)s yet; %(promised)s") % {"customer": name, "promised": promised}
    days = max(0, (local(now).date() - local(datetime.fromisoformat(last)).date()).days)
    since = ngettext(
        "No contact with %(customer)s for one day; %(promised)s",
        "No contact with %(customer)s for %(days)s days; %(promised)s",
        days,
    )
    return since % {"customer": name, "days": days, "promised": promised}


def _quiet(detail: Mapping[str, Any]) -> str:
    """Why the silence is unusual: their own rhythm."""
    rhythm = detail.get("rhythm_days")
    if rhythm is None:
        return ""
    words = {
        "last": short_date(date.fromisoformat(detail["last_on"])),
        "next": short_date(date.fromisoformat(detail["next_on"])),
        "days": round(float(rhythm)),
    }
    return (
        _("(Orders about every %(days)s days; last on %(last)s, the next one was to be expected on %(next)s.)") % words
    )


def _values(detail: Mapping[str, Any], name: str, now: datetime) -> dict[str, str]:
    at = detail.get("at")
    values = {"customer": name, "number": str(detail.get("number") or "")}
    if at:
        on = local(datetime.fromisoformat(at)).date() if "T" in at else date.fromisoformat(at)
        values |= {"date": short_date(on), "days": str((local(now).date() - on).days)}
    if detail.get("amount") is not None:
        values["amount"] = money(Decimal(str(detail["amount"])), detail.get("currency") or "EUR")
    return values
