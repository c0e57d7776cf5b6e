"""The contact history of a customer: its lines, newest first, each told in the language of the moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec
from markupsafe import Markup

from crm.customers.contact_papers import contact_link, papers
from crm.customers.history_filters import HistoryWanted
from crm.customers.history_queries import EXCERPT, history_rows
from crm.customers.tables import TimelineKind
from crm.customers.taking_part import NOBODY, TakingPart, taking_part
from crm.customers.words import (
    change_cause,
    change_title,
    consent_title,
    contact_title,
    deleted_contact_sentence,
    deletion_reason,
    event_text,
)
from crm.database import Row
from crm.text import around_hit, marked
from crm.web.formats import local
from crm.web.i18n import N_, _
from crm.web.paging import cursor_of, keys_of
from crm.web.quotations import folded_mail

ICONS = {
    "ticket": "ticket", "consent": "consents", "order": "order", "quotation": "file", "survey": "survey", "mail": "email",
    "change": "edit", "document": "attach",
}  # fmt: skip
PAGES = {"interaction": "/interactions", "ticket": "/tickets", "order": "/orders", "quotation": "/quotations"}
"""Where the source of a line has a page of its own."""
REFUSALS = frozenset({"refused", "withdrawn", "objected", "expired"})
BAD_IMPRESSION = 2
EVERYTHING = HistoryWanted()
METRICS = {"nps": N_("NPS %(score)s"), "csat": N_("Satisfaction %(score)s of 5"), "effort": N_("Ease %(score)s of 7")}


class Detail(dict[str, Any]):
    """The detail of a line; what an older line does not have is None, in templates too."""

    def __missing__(self, key: str) -> None:
        return None


def mark(text: str, terms: tuple[str, ...]) -> str:
    """The text with what a search meant set off."""
    if not terms or not text:
        return text
    return Markup("").join(Markup("<mark>{}</mark>").format(part) if hit else part for part, hit in marked(text, terms))


class HistoryEntry(msgspec.Struct, frozen=True):
    """One line as a page shows it. `id` is that of the source row; `detail` has the keys of its kind; `touchpoint` is
    the touchpoint's name, `reason` that of the reason for contact, `about` the names and pages of what a contact belongs to.
    `others` took part, too. `day` is set on the first line of a day, `customer` (a name) where the line is another
    customer's than the page, `person` where it is somebody's whom the title doesn't name. `is_cut`: there is more text than
    `body`. `quoted`: what a mail cites, to be unfolded below `body`. A Struct is made in a fraction of a frozen dataclass's time, and a
    page makes fifty."""

    kind: str
    id: int
    at: datetime
    title: str
    body: str
    by_name: str
    icon: str
    tone: str
    href: str
    touchpoint: str
    detail: Detail = msgspec.field(default_factory=Detail)
    day: date | None = None
    is_cut: bool = False
    person: str = ""
    customer_id: int = 0
    customer: str = ""
    terms: tuple[str, ...] = ()
    reason: str = ""
    about: tuple[tuple[str, str], ...] = ()
    quoted: str = ""
    others: TakingPart = NOBODY

    @property
    def summary(self) -> str:
        """The line as one text, for the API."""
        text = "\n\n".join(filter(None, (self.body, self.quoted)))
        return f"{self.title}: {text}" if text else self.title

    @property
    def has_hit(self) -> bool:
        """Whether something that a search meant is to be seen in the line itself."""
        return self._is_in(self.title) or self._is_in(self.body)

    @property
    def is_unfolded(self) -> bool:
        """A search meant something in what is cited, and nothing that is to be seen."""
        return not self.has_hit and self._is_in(self.quoted)

    def _is_in(self, text: str) -> bool:
        return any(hit for _part, hit in marked(text, self.terms))

    def mark(self, text: str) -> str:
        return mark(text, self.terms)


@dataclass(frozen=True, slots=True)
class History:
    """A page of history; `next` is the cursor of the one that follows, or None. `phases` are code and name of all there are,
    `person` the name of the one who was asked for."""

    entries: list[HistoryEntry]
    next: str | None
    phases: list[tuple[str, str]] = field(default_factory=list)
    person: str = ""


async def history_of(
    customer_id: int, *, wanted: HistoryWanted = EVERYTHING, before: str | None = None, limit: int = 50,
    restricted: bool = False,
) -> History:  # fmt: skip
    """The customer's history and what their persons did elsewhere, newest first: at most `limit` lines older than the cursor
    `before`; what restricted persons said and did only if `restricted` (GDPR Art. 18). One statement.
    Raises Invalid for a cursor that is not ours."""
    return await _read(customer_id, wanted, before, limit, restricted, of_person=False)


async def history_of_person(
    person_id: int,
    *,
    wanted: HistoryWanted = EVERYTHING,
    before: str | None = None,
    limit: int = 50,
    restricted: bool = False,
) -> History:
    """What one person said and did, at every customer they belong or belonged to; otherwise like `history_of`."""
    return await _read(person_id, wanted, before, limit, restricted, of_person=True)


async def _read(
    whose: int, wanted: HistoryWanted, before: str | None, limit: int, restricted: bool, *, of_person: bool
) -> History:
    seen = keys_of(before, datetime, int)
    rows = await history_rows(whose, wanted, seen, of_person=of_person, limit=limit + 1, restricted=restricted)
    phases, person = msgspec.json.decode(rows[0].phases or "[]", type=list[tuple[str, str]]), rows[0].person_asked or ""
    rows = [row for row in rows if row.id is not None]
    shown, last_day = [], local(seen[0]).date() if seen else None
    for row in rows[:limit]:
        day = local(row.at).date()
        shown.append(_entry(row, day if day != last_day else None, None if of_person else whose, wanted.terms))
        last_day = day
    cursor = cursor_of(rows[limit - 1].at, rows[limit - 1].id) if len(rows) > limit else None
    return History(shown, cursor, phases, person)


def _entry(row: Row, day: date | None, here: int | None, terms: tuple[str, ...]) -> HistoryEntry:
    detail = Detail(msgspec.json.decode(row.detail))
    if row.delivery:
        detail["delivery"] = row.delivery
    text = _body(row, detail)
    said, quoted = folded_mail(detail.get("channel", ""), text) if row.kind == TimelineKind.INTERACTION else (text, "")
    body, cited = (around_hit(part, terms, EXCERPT) if terms else part for part in (said, quoted))
    is_named = row.kind == TimelineKind.INTERACTION and detail["person_name"]
    return HistoryEntry(
        kind=row.kind, id=row.ref_id, at=row.at, title=_title(row, detail), body=body, by_name=row.by_name or "",
        icon=_icon(row.kind, detail),
        tone=_tone(row.kind, detail), href=_href(row.kind, row.ref_id, detail),
        touchpoint=row.touchpoint or "", detail=detail, day=day, is_cut=row.is_cut or (body, cited) != (said, quoted),
        others=taking_part(row.taking_part),
        reason="" if detail.get("deleted") else row.reason or "", about=_about(row, detail),
        person="" if is_named or here is None or row.whose_name == row.customer_name else row.whose_name or "",
        customer_id=row.customer, customer="" if row.customer == here else row.customer_name, terms=terms, quoted=cited,
    )  # fmt: skip


def _about(row: Row, detail: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a contact belongs to and its documents, as (name, page); a product has no page of its own. Of a document its contact."""
    if row.kind != TimelineKind.INTERACTION:
        return contact_link(row.contact)
    found = [
        (f"#{detail['ticket']}", f"/tickets/{detail['ticket']}") if detail.get("ticket") else None,
        (_("Order %(number)s") % {"number": row.order_number}, f"/orders/{row.order_id}") if row.order_id else None,
        (_("Quotation %(number)s") % {"number": row.quotation_name}, f"/quotations/{row.quotation_id}")
        if row.quotation_id
        else None,
        (row.product, "") if row.product else None,
        (event_text(row.event_channel, row.event_name, row.others_met), f"/events/{row.event_id}")
        if row.event_id
        else None,
        *papers(row.papers),
    ]
    return tuple(filter(None, found))


def _icon(kind: str, detail: dict[str, Any]) -> str:
    if kind != TimelineKind.INTERACTION:
        return ICONS.get(kind, "note")
    return "trash" if detail.get("deleted") else detail.get("channel", "other")


def _body(row: Row, detail: dict[str, Any]) -> str:
    """What the line says; of a contact that was deleted who did so, when and why."""
    if row.kind != TimelineKind.INTERACTION or not detail.get("deleted"):
        return str(row.body)
    why = deletion_reason(detail.get("deletion", ""), detail.get("reason", ""))
    return deleted_contact_sentence(row.by_name or "", datetime.fromisoformat(detail["deleted"]), why)


def _title(row: Row, detail: dict[str, Any]) -> str:
    match row.kind:
        case TimelineKind.INTERACTION if detail.get("deleted"):
            return _("Entry deleted")
        case TimelineKind.INTERACTION:
            return contact_title(
                detail.get("channel", ""), detail.get("direction", ""), detail.get("person_name") or ""
            )
        case TimelineKind.TICKET:
            return _("Enquiry #%(number)s · %(subject)s") % {
                "number": detail.get("number", row.ref_id),
                "subject": row.title,
            }
        case TimelineKind.CONSENT:
            return consent_title(detail.get("event", ""), row.purpose or detail.get("purpose", ""))
        case TimelineKind.ORDER:
            return _("Order %(number)s") % {"number": detail.get("number") or row.title}
        case TimelineKind.QUOTATION:
            words = {"number": detail.get("number"), "subject": row.title}
            return (
                _("Quotation %(number)s · %(subject)s") if detail.get("number") else _("Quotation · %(subject)s")
            ) % words
        case TimelineKind.SURVEY:
            return row.title or _("Survey answer")
        case TimelineKind.DOCUMENT:
            sentence = _("Document deleted: %(name)s") if detail.get("deleted") else _("Document: %(name)s")
            return sentence % {"name": row.title}
        case TimelineKind.CHANGE:
            before, after = (
                row.levels if row.levels and len(row.levels) == 2 else (detail.get("before"), detail.get("after"))
            )
            return change_title(detail.get("field", ""), before, after, change_cause(detail))
    return _mail_title(row, detail)


def _mail_title(row: Row, detail: dict[str, Any]) -> str:
    if detail.get("mailing"):
        return _("Mailing · %(subject)s") % {"subject": row.title}
    if detail.get("data_request"):
        return _("Answer to a data protection request")
    return row.title or _("E-mail")


def _href(kind: str, ref_id: int, detail: dict[str, Any]) -> str:
    """Where a line leads: to the page of its source, or to the document itself."""
    if kind == TimelineKind.INTERACTION and detail.get("deleted"):
        return ""
    if kind == TimelineKind.MAIL and detail.get("mailing"):
        return f"/mailings/{detail['mailing']}"
    if kind in PAGES:
        return f"{PAGES[kind]}/{ref_id}"
    return f"/documents/{ref_id}/content" if kind == TimelineKind.DOCUMENT and not detail.get("deleted") else ""


def _tone(kind: str, detail: dict[str, Any]) -> str:
    """Rust for what went badly at a moment that mattered, amber for what is open, quiet for what only was written down."""
    if kind == TimelineKind.INTERACTION and detail.get("deleted"):
        return "quiet"
    if kind == TimelineKind.INTERACTION:
        bad = (detail.get("impression") or BAD_IMPRESSION + 1) <= BAD_IMPRESSION
        return "rust" if bad and detail.get("moment_of_truth") else ""
    if kind == TimelineKind.TICKET:
        return "" if detail.get("status") in ("solved", "closed") else "amber"
    if kind == TimelineKind.CONSENT:
        return "rust" if detail.get("event") in REFUSALS else "good"
    if kind == TimelineKind.QUOTATION:
        return {"requested": "amber", "accepted": "good", "declined": "quiet"}.get(str(detail.get("status")), "")
    if kind == TimelineKind.ORDER:
        return "quiet" if detail.get("status") == "cancelled" else ""
    return "quiet" if kind in (TimelineKind.CHANGE, TimelineKind.MAIL, TimelineKind.DOCUMENT) else ""


def metric_text(detail: dict[str, Any]) -> str:
    """ "NPS 9", "Satisfaction 4 of 5": the customer's own answer, as it was given."""
    sentence = METRICS.get(detail.get("metric", ""))
    return _(sentence) % {"score": detail.get("score", "")} if sentence else ""


def follow_up(detail: dict[str, Any]) -> datetime | None:
    """The follow-up that was agreed on in a contact, or None."""
    value = detail.get("follow_up_at")
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
