"""How a history is shown, on the page of a customer and on that of a person: filters, lines, and what loads older ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.consents.sentences import SOURCES
from crm.customers.history import History, follow_up, history_of_person, metric_text
from crm.customers.history_filters import HistoryWanted, history_wanted
from crm.customers.orders.words import DECLINE_REASONS, QUOTATION_STATUSES
from crm.customers.queries import person_for, sees_restricted
from crm.customers.tables import TimelineKind
from crm.customers.words import (
    CHANNELS,
    ORDER_STATUSES,
    PREFERRED_CHANNELS,
    STATUSES,
    TICKET_STATUSES,
    TIMELINE_KINDS,
)
from crm.mail.words import DELIVERY, TONES
from crm.web.formats import day
from crm.web.i18n import _, word, zone
from crm.web.render import fragment, is_fragment, page

PAGE = 50
KINDS = (
    TimelineKind.INTERACTION, TimelineKind.TICKET, TimelineKind.QUOTATION, TimelineKind.ORDER, TimelineKind.CONSENT,
    TimelineKind.SURVEY, TimelineKind.MAIL, TimelineKind.DOCUMENT, TimelineKind.CHANGE,
)  # fmt: skip
WORDS = {
    "channels": CHANNELS, "order_statuses": ORDER_STATUSES, "ticket_statuses": TICKET_STATUSES, "sources": SOURCES,
    "delivery": DELIVERY, "delivery_tones": TONES,
    "statuses": STATUSES, "quotation_statuses": QUOTATION_STATUSES, "decline_reasons": DECLINE_REASONS,
    "preferred_channels": PREFERRED_CHANNELS,
}  # fmt: skip


def without_order(history: History) -> list[tuple[int, str]]:
    """Id and text of the contacts on this page that belong to nothing yet."""
    return [
        (entry.id, entry.body)
        for entry in history.entries
        if entry.kind == TimelineKind.INTERACTION
        and not (
            entry.detail["order"] or entry.detail["ticket"] or entry.detail["quotation"] or entry.detail["deleted"]
        )
    ]


@dataclass(frozen=True, slots=True)
class Said:
    """A filter in use, and the address without it."""

    text: str
    without: str


def history_context(
    path: str, wanted: HistoryWanted, history: History, persons: Sequence[tuple[int, str]], *, of_person: bool = False,
    offers: Mapping[int, Sequence[dict[str, Any]]] = MappingProxyType({}),
) -> dict[str, Any]:  # fmt: skip
    """What the templates of a history need; `path` is the address of the page, `persons` are offered to choose from, `offers` are
    the orders that contacts may belong to (crm.interactions.order_naming)."""
    who = {str(number): name for number, name in persons}
    if wanted.person_id is not None and history.person:
        who[str(wanted.person_id)] = history.person
    return {
        "history": history, "wanted": wanted, "offers": offers,
        "history_path": path, "history_here": wanted.href(path), "follow_up": follow_up,
        "metric_text": metric_text, "words": WORDS, "word": word, "of_person": of_person,
        "next_href": wanted.href(path, cursor=history.next) if history.next else "",
        "kind_chips": _kind_chips(path, wanted), "said": _said(path, wanted, who, history), "channel_options": list(CHANNELS.items()),
        "phase_options": history.phases, "person_options": list(who.items()),
    }  # fmt: skip


async def history_fragment(request: StaffRequest, context: dict[str, Any]) -> Response[str]:
    """The history alone, or its next lines."""
    is_next = "cursor" in request.query_params
    return await fragment(
        request, "customers/_history_rows.html" if is_next else "customers/_history_list.html", **context
    )


def _kind_chips(path: str, wanted: HistoryWanted) -> list[tuple[str, str, bool]]:
    chips = [(_("Everything"), wanted.href(path, kind=""), wanted.kind is None)]
    return chips + [
        (word(TIMELINE_KINDS, each), wanted.href(path, kind=each.value), each is wanted.kind) for each in KINDS
    ]


def _said(path: str, wanted: HistoryWanted, who: dict[str, str], history: History) -> list[Said]:
    """The filters beside the kind, each to be taken back."""
    texts = {
        "q": _("“%(text)s”") % {"text": wanted.asked.get("q", "")} if wanted.terms else "",
        "channel": word(CHANNELS, wanted.channel) if wanted.channel else "",
        "phase": dict(history.phases).get(wanted.phase, wanted.phase),
        "person": who.get(str(wanted.person_id), _("somebody else")) if wanted.person_id is not None else "",
        "day": _("until %(day)s") % {"day": day(wanted.until)} if wanted.until else "",
    }
    return [Said(text, wanted.href(path, **{name: ""})) for name, text in texts.items() if text]


@get("/persons/{person_id:int}/history", permission=Permission.CUSTOMERS_VIEW)
async def show_person_history(request: StaffRequest, person_id: FromPath[int]) -> Response[str]:
    """What happened with one person, at every customer they belong or belonged to. For htmx the history alone, or its next lines."""
    person = await person_for(request.user, person_id)
    wanted = history_wanted(request.query_params, datetime.now(UTC), zone.get())
    history = await history_of_person(
        person_id, wanted=wanted, before=request.query_params.get("cursor") or None, limit=PAGE,
        restricted=sees_restricted(request.user),
    )  # fmt: skip
    context = {
        "person": person,
        **history_context(f"/persons/{person_id}/history", wanted, history, [], of_person=True),
    }
    if is_fragment(request):
        return await history_fragment(request, context)
    return await page(request, "customers/person_history.html", **context)


route_handlers = [show_person_history]
