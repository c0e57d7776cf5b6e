"""The audit trail, for the administrator and the data protection officer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Response, get

from crm.accounts import action_words, subject_words
from crm.accounts.current import StaffRequest
from crm.accounts.handlers.audit_fields import audit_fields
from crm.accounts.permissions import Permission
from crm.accounts.queries import AUDIT_PAGE, audit_kinds, audit_lines, users
from crm.privacy.restricted_entries import restricted_entries
from crm.web.forms import Fields
from crm.web.paging import cursor_of, keys_of
from crm.web.render import fragment, is_fragment, page


@get("/audit", permission=Permission.AUDIT_VIEW)
async def show_audit(request: StaffRequest) -> Response[str]:
    """Newest first; filtered by kind of record, one record, and who did it. A filter that makes no sense finds nothing
    rather than failing. What was changed about somebody restricted is for officers alone (GDPR Art. 18); that it was, is for all."""
    fields = Fields(dict(request.query_params))
    kind, subject_id, actor_id = fields.text("kind", limit=40), fields.reference("record"), fields.reference("actor")
    before = keys_of(request.query_params.get("cursor"), int)
    lines = [] if fields.errors else await audit_lines(
        kind=kind, subject_id=subject_id, actor_id=actor_id, before_id=before[0] if before else None, limit=AUDIT_PAGE + 1
    )  # fmt: skip
    asked = {
        name: value
        for name, value in (("kind", kind), ("record", subject_id or ""), ("actor", actor_id or ""))
        if value
    }
    more = (
        f"/audit?{urlencode({**asked, 'cursor': cursor_of(lines[AUDIT_PAGE - 1].id)})}"
        if len(lines) > AUDIT_PAGE
        else ""
    )
    people = await users()
    names = {person.id: person.name for person in people}
    context: dict[str, Any] = {
        "lines": lines[:AUDIT_PAGE],
        "hidden": set()
        if request.user.may(Permission.PRIVACY_MANAGE)
        else await restricted_entries(lines[:AUDIT_PAGE]),
        "more_href": more,
        "action_words": action_words,
        "subject_words": subject_words,
    }
    context["told"] = await audit_fields(names)
    if is_fragment(request) and before is not None:
        return await fragment(request, "accounts/_audit_rows.html", **context)
    return await page(
        request,
        "accounts/audit.html",
        asked=asked,
        errors=fields.errors,
        kinds=await audit_kinds(),
        staff=people,
        **context,
    )


handlers = [show_audit]
