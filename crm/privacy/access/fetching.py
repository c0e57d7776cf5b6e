"""The page by which a person fetches the copy of their data, without log-in, by the link of a mail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.company import company
from crm.accounts.handlers.cookies import AnyRequest
from crm.accounts.permissions import Permission
from crm.errors import NotFound
from crm.files.words import size_text
from crm.privacy.access.handing import record_fetch
from crm.privacy.access.queries import copy_by_token, file_for
from crm.privacy.access.serving import stored
from crm.web.i18n import language
from crm.web.render import page

P = Permission
HEADERS = {"referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow"}


@get("/data-copy/{token:str}", permission=P.PUBLIC)
async def show_data_copy(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Looking fetches nothing: mail programs open links to check them."""
    firm = await company()
    try:
        copy = await copy_by_token(token, datetime.now(UTC))
    except NotFound:
        return await _gone(request)
    return await page(
        request, "privacy/access/fetch.html", headers=HEADERS, firm=firm, spoken=language.get(), copy=copy, token=token,
        files=msgspec.json.decode(copy.files), size_text=size_text,
    )  # fmt: skip


@post("/data-copy/{token:str}/files/{copy_file_id:int}", permission=P.PUBLIC, status_code=200)
async def fetch_data_copy(request: AnyRequest, token: FromPath[str], copy_file_id: FromPath[int]) -> Response[Any]:
    """By a button, so that no machine that checks links fetches it."""
    now = datetime.now(UTC)
    try:
        copy = await copy_by_token(token, now)
        file = await file_for(copy.request, copy_file_id)
        if file.copy != copy.id:
            raise NotFound()
    except NotFound:
        return await _gone(request)
    await record_fetch(file, by=None, now=now)
    return stored(file)


async def _gone(request: AnyRequest) -> Response[Any]:
    """One answer for every link that leads nowhere: it tells nothing about anybody."""
    firm = await company()
    return await page(
        request, "privacy/access/gone.html", status=404, headers=HEADERS, firm=firm, spoken=language.get()
    )


route_handlers = [show_data_copy, fetch_data_copy]
