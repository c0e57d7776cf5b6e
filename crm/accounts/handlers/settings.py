"""The company's settings with their test buttons, the logo, and the public imprint."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile

from crm.accounts.company import company, company_for_mail
from crm.accounts.current import StaffRequest
from crm.accounts.field_words import CONVERSION_TRIGGERS, wrong_fields
from crm.accounts.forms import company_changes, typed_server
from crm.accounts.handlers.cookies import AnyRequest
from crm.accounts.permissions import Permission
from crm.accounts.settings_changes import change_company, set_logo
from crm.database import transaction
from crm.errors import Conflict, Invalid
from crm.files.actions import store_file
from crm.files.drawings import points_of
from crm.files.kinds import image_type
from crm.mail.boxes import boxes_in_trouble, letter_boxes
from crm.mail.transport import ServerAnswer, check_smtp
from crm.service_levels.queries import service_levels
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name
from crm.web.render import flashes, fragment, is_fragment, page, see_other

P = Permission
LARGEST_LOGO = 1_000_000
DONE = {
    "saved": N_("The settings are saved."),
    "logo": N_("The new logo is in use."),
    "logo-removed": N_("The logo is removed."),
}


async def _settings_page(
    request: StaffRequest, *, status: int = 200, values: dict[str, Any] | None = None, errors: dict[str, str] | None = None,
    conflict: Conflict | None = None, answers: dict[str, Any] | None = None,
) -> Response[str]:  # fmt: skip
    saved = await company()
    return await page(
        request, "accounts/settings.html", status=status, saved=saved, values={**saved, **(values or {})}, errors=errors or {},
        triggers=[(code, _(text)) for code, text in CONVERSION_TRIGGERS.items()],
        levels=[(row.code, local_name(row)) for row in await service_levels()],
        conflict=conflict, answers=answers or {}, trouble=await boxes_in_trouble(),
        boxes=await letter_boxes(), flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/settings", permission=P.SETTINGS_EDIT)
async def show_settings(request: StaffRequest) -> Response[str]:
    return await _settings_page(request)


@post("/settings", permission=P.SETTINGS_EDIT, status_code=303)
async def save_settings(request: StaffRequest) -> Response[Any]:
    body = dict(await request.form())
    try:
        changes, version = company_changes(body, [row.code for row in await service_levels()])
        await change_company(changes, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _settings_page(request, status=422, values=body, errors=error.errors)
    except Conflict as conflict:
        return await _settings_page(request, status=409, values=body | {"version": conflict.version}, conflict=conflict)
    return see_other(request, "/settings?done=saved")


@post("/settings/test/smtp", permission=P.SETTINGS_EDIT, status_code=200)
async def test_mail_server(request: StaffRequest) -> Response[str]:
    """Try the mail server as typed, saved or not. An empty password field means the stored one."""
    body = dict(await request.form())
    fields = Fields(body)
    server = typed_server(fields, "smtp", 587, "starttls")
    if fields.errors:
        answer = ServerAnswer(False, wrong_fields("smtp", fields.errors))
    else:
        if not server["password"] and server["user"]:
            server["password"] = (await company_for_mail()).smtp_password
        answer = await check_smtp(**server)
    if is_fragment(request):
        return await fragment(request, "accounts/_mail_answer.html", kind="smtp", answer=answer)
    return await _settings_page(request, values=body, answers={"smtp": answer}, errors=fields.errors)


@post("/settings/logo", permission=P.SETTINGS_EDIT, status_code=303)
async def save_logo(request: StaffRequest) -> Response[Any]:
    upload = (await request.form()).get("logo")
    content = await upload.read() if isinstance(upload, UploadFile) else b""
    error = ""
    if not content:
        error = _("Please choose a file.")
    elif len(content) > LARGEST_LOGO:
        error = _("This file is too large. A logo may have up to 1 MB.")
    elif not image_type(content) and not (content := await points_of(content)):
        error = _(
            "This is no picture that can be used. Please take a PNG, JPEG, WebP or SVG file that needs nothing from outside."
        )
    if error:
        return await _settings_page(request, status=422, errors={"logo": error})
    now = datetime.now(UTC)
    async with transaction():
        await set_logo(await store_file(content, image_type(content), now=now), by=request.user.id, now=now)
    return see_other(request, "/settings?done=logo")


@post("/settings/logo/removal", permission=P.SETTINGS_EDIT, status_code=303)
async def remove_logo(request: StaffRequest) -> Response[Any]:
    await set_logo("", by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/settings?done=logo-removed")


@get("/imprint", permission=P.PUBLIC)
async def show_imprint(request: AnyRequest) -> Response[str]:
    return await page(request, "accounts/imprint.html", firm=await company())


handlers = [show_settings, save_settings, test_mail_server, save_logo, remove_logo, show_imprint]
