"""The page that compares the ways of answering."""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import Response, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import Invalid
from crm.reports.definitions import WAYS
from crm.reports.ways import words
from crm.reports.ways.asking import choices, ways_asked
from crm.reports.ways.queries import blocks_between, ways_between
from crm.reports.ways.rules import COMPARED, gaps
from crm.web.formats import local, short_date
from crm.web.i18n import _, local_name, word, zone
from crm.web.render import page


@get("/answers/ways", permission=Permission.REPORTS_VIEW)
async def compare_ways(request: StaffRequest) -> Response[str]:
    """Automatic, text block, free: how satisfied customers are with each, and what became of the enquiries."""
    now, errors = datetime.now(UTC), {}
    try:
        asked = await ways_asked(request.query_params, now)
    except Invalid as error:
        errors, asked = error.errors, await ways_asked({}, now)
    start, end = asked.span.bounds(zone.get())
    topic_id = asked.topic.id if asked.topic else None
    figures = await ways_between(start, end, topic_id=topic_id, now=now)
    blocks = await blocks_between(start, end, topic_id=topic_id)
    typed = {name: request.query_params.get(name, "")[:40] for name in ("from", "to")}
    return await page(
        request, "ways/index.html", status=422 if errors else 200, errors=errors, asked=asked, figures=figures, compared=COMPARED,
        sentences=words.told(figures, gaps(figures)), blocks=blocks, ways=words.WAYS, wait_text=words.wait_text, word=word,
        days=f"{short_date(asked.span.first)} – {short_date(asked.span.last)}",
        typed={"from": typed["from"] or asked.span.first.isoformat(), "to": typed["to"] or asked.span.last.isoformat()},
        chips=[(name, asked.href(span), span == asked.span) for name, span in choices(local(now).date())],
        topic_options=[(row.code, local_name(row)) for row in asked.topics], definition=_(WAYS.text),
    )  # fmt: skip


route_handlers = [compare_ways]
