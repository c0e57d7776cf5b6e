"""The contact history of a customer: its lines, newest first, each told in the language of the moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec

from crm.customers.tables import TimelineKind
from crm.customers.words import (
    change_cause,
    change_title,
    consent_title,
    contact_title,
    deleted_contact_sentence,
    deletion_reason,
)
from crm.database import Row, fetch
from crm.web.formats import local
from crm.web.i18n import N_, _, language
from crm.web.paging import cursor_of, keys_of

ICONS = {
    "ticket": "ticket", "consent": "consents", "order": "order", "quotation": "file", "survey": "survey", "mail": "email",
    "change": "edit", "document": "attach",
}  # fmt: skip
PAGES = {"interaction": "/interactions", "ticket": "/tickets", "order": "/orders", "quotation": "/quotations"}
"""Where the source of a line has a page of its own."""
REFUSALS = frozenset({"refused", "withdrawn", "objected", "expired"})
BAD_IMPRESSION = 2
METRICS = {"nps": N_("NPS %(score)s"), "csat": N_("Satisfaction %(score)s of 5"), "effort": N_("Ease %(score)s of 7")}


class Detail(dict[str, Any]):
    """The detail of a line; what an older line does not have is None, in templates too."""

    def __missing__(self, key: str) -> None:
        return None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line as a page shows it. `id` is that of the source row; `detail` has the keys of its kind; `touchpoint` is
    the touchpoint's name. `day` is set on the first line of a day."""

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
    detail: Detail = field(default_factory=Detail)
    day: date | None = None

    @property
    def summary(self) -> str:
        """The line as one text, for the API."""
        return f"{self.title}: {self.body}" if self.body else self.title


@dataclass(frozen=True, slots=True)
class History:
    """A page of history; `next` is the cursor of the one that follows, or None."""

    entries: list[HistoryEntry]
    next: str | None


_HISTORY = """
    SELECT e.id, e.kind, e.at, e.ref_id, e.title, e.body, e.detail::text AS detail, u.name AS by_name,
        t.name_{lang} AS touchpoint, p.name_{lang} AS purpose,
        CASE WHEN e.detail->>'field' = 'service_level' THEN ARRAY(
            SELECT s.name_{lang} FROM unnest(ARRAY[e.detail->>'before', e.detail->>'after']) WITH ORDINALITY AS x(code, n)
            JOIN service_level s ON s.code = x.code ORDER BY x.n) END AS levels
    FROM timeline_entry e
    LEFT JOIN staff u ON u.id = e.by_user
    LEFT JOIN touchpoint t ON t.code = e.detail->>'touchpoint'
    LEFT JOIN purpose p ON e.kind = 'consent' AND p.code = e.detail->>'purpose'
    LEFT JOIN person w ON w.id = e.person_id
    WHERE e.customer = $1 AND (w.restricted_at IS NULL OR $3) {where}
    ORDER BY e.at DESC, e.id DESC LIMIT $2
"""


async def history_of(
    customer_id: int, *, kind: TimelineKind | None = None, before: str | None = None, limit: int = 50,
    restricted: bool = False,
) -> History:  # fmt: skip
    """The customer's history, newest first: at most `limit` lines older than the cursor `before`, of one kind if given;
    what restricted persons said and did only if `restricted` (GDPR Art. 18). One statement.
    Raises Invalid for a cursor that is not ours."""
    arguments: list[Any] = [customer_id, limit + 1, restricted]
    where = ""
    if kind is not None:
        arguments.append(kind.value)
        where += f" AND e.kind = ${len(arguments)}"
    seen = keys_of(before, datetime, int)
    if seen is not None:
        arguments += seen
        where += f" AND (e.at, e.id) < (${len(arguments) - 1}, ${len(arguments)})"
    lang = "de" if language.get() == "de" else "en"
    rows = await fetch(_HISTORY.format(lang=lang, where=where), *arguments)
    shown, last_day = [], local(seen[0]).date() if seen else None
    for row in rows[:limit]:
        day = local(row.at).date()
        shown.append(_entry(row, day if day != last_day else None))
        last_day = day
    return History(shown, cursor_of(rows[limit - 1].at, rows[limit - 1].id) if len(rows) > limit else None)


def _entry(row: Row, day: date | None) -> HistoryEntry:
    detail = Detail(msgspec.json.decode(row.detail))
    return HistoryEntry(
        kind=row.kind, id=row.ref_id, at=row.at, title=_title(row, detail), body=_body(row, detail), by_name=row.by_name or "",
        icon=_icon(row.kind, detail),
        tone=_tone(row.kind, detail), href=_href(row.kind, row.ref_id, detail),
        touchpoint=row.touchpoint or "", detail=detail, day=day,
    )  # fmt: skip


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
    return row.title or _("E-mail")


def _href(kind: str, ref_id: int, detail: dict[str, Any]) -> str:
    """Where a line leads: to the page of its source, or to the document itself."""
    if kind == TimelineKind.INTERACTION and detail.get("deleted"):
        return ""
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
