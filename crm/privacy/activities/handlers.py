"""The record of processing activities on the screen and as PDF."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog
from litestar import Response, Router, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.consents.proof_pages import AT_ONCE
from crm.errors import RuleBroken
from crm.files.queries import file_named
from crm.privacy.activities.gathering import processing_record
from crm.privacy.activities.printing import print_record, printed_record, printed_records
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _
from crm.web.render import page, see_other

P = Permission.PRIVACY_MANAGE
log = structlog.get_logger()


@get("/processing-record", permission=P)
async def show_record(request: StaffRequest) -> Response[str]:
    """As the program is set up now, and the versions that were printed."""
    found = await processing_record(public_url=request.app.state.settings.public_url)
    return await page(request, "privacy/activities/index.html", found=found, printed=await printed_records())


@post("/processing-record", permission=P, status_code=303)
async def make_pdf(request: StaffRequest) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    code = fields.one_of("language", LANGUAGES)
    fields.check()
    async with AT_ONCE:
        try:
            new = await print_record(
                code, public_url=request.app.state.settings.public_url, by=request.user.id, now=datetime.now(UTC)
            )
        except (RuntimeError, TimeoutError) as problem:
            log.error("processing_record_failed", exc_info=problem)
            raise RuleBroken(_("The record could not be printed. Please try it again.")) from problem
    return see_other(request, f"/processing-record/{new}")


@get("/processing-record/{record_id:int}", permission=P)
async def show_pdf(record_id: FromPath[int]) -> Response[bytes]:
    row = await printed_record(record_id)
    file = await file_named(row.pdf_hash)
    name = f"{_('record-of-processing')}-{row.made_on}-{row.language}.pdf"
    headers = {"content-disposition": f'inline; filename="{name}"', "cache-control": "private, no-store"}
    return Response(file.content, media_type="application/pdf", headers=headers)


router = Router("", route_handlers=[show_record, make_pdf, show_pdf])
