"""The form as customers see it: no log-in, no cookie, no script, and in a frame on the websites that may show it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import MediaType, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from crm.accounts.company import company, signing_secret
from crm.accounts.handlers.cookies import AnyRequest, visitor_of
from crm.accounts.permissions import Permission
from crm.customers.uploads import uploads_in
from crm.database import Row
from crm.errors import Forbidden, Invalid, TooMany
from crm.files.words import size_text
from crm.interactions.web_forms.defining import open_form
from crm.interactions.web_forms.entry_files import LARGEST_FILE, MOST_FILES, refusal_of
from crm.interactions.web_forms.forms import read_entry
from crm.interactions.web_forms.guarding import read_token, token_of
from crm.interactions.web_forms.sending import Origin, take_entry
from crm.interactions.web_forms.tables import FormKind
from crm.interactions.web_forms.words import FIELDS
from crm.tickets.queries import topics
from crm.web.i18n import _, language, local_name, speaking
from crm.web.outer import CONTENT_SECURITY_POLICY
from crm.web.render import text as rendered

TRAP = "further_note"
"""A field that people do not see, and that machines like to fill in."""


@get("/forms/{code:str}", permission=Permission.PUBLIC)
async def show_form(request: AnyRequest, code: FromPath[str]) -> Response[str]:
    form = await open_form(code)
    token = token_of(code, secrets.token_hex(8), datetime.now(UTC), await signing_secret())
    return await _page(form, _language(request, form), token)


@post("/forms/{code:str}", permission=Permission.PUBLIC, status_code=303, request_max_body_size=30_000_000)
async def send_form(request: AnyRequest, code: FromPath[str]) -> Response[Any]:
    """Take what was typed. The signed token of the form stands for that of a session: nobody is logged in here, and a browser that
    shows the form within another website keeps no cookie for it."""
    now = datetime.now(UTC)
    body = await request.form()
    values = {name: value for name, value in body.items() if isinstance(value, str)}
    secret = await signing_secret()
    token = read_token(values.get("token", ""), code, secret)
    if token is None:
        raise Forbidden(_("This form has to be opened anew before it can be sent."))
    form = await open_form(code)
    spoken = _language(request, form)
    if token.is_expired(now):
        fresh = token_of(code, secrets.token_hex(8), now, secret)
        stale = {"": _words(spoken, "The form was open for a long time. Please look through it and send it once more.")}
        return await _page(form, spoken, fresh, values, stale)
    uploads = uploads_in(body.getall("file", [])) if form.takes_files else []
    with speaking(spoken):
        try:
            entry = read_entry(form, values, refusal_of(uploads), spoken, now)
            origin = Origin(visitor_of(request).ip_address, values.get(TRAP, ""), token)
            await take_entry(form.id, entry, origin, secret=secret, now=now, uploads=uploads)
        except Invalid as error:
            again = {"file": _("Please choose the files once more: a browser does not keep them.")} if uploads else {}
            return await _page(form, spoken, values["token"], values, again | error.errors)
        except TooMany as error:
            return await _page(form, spoken, values["token"], values, {"": error.sentence}, status=429)
    return Redirect(f"/forms/{code}/thanks?{urlencode({'lang': spoken})}", status_code=303, headers=_headers(form))


@get("/forms/{code:str}/thanks", permission=Permission.PUBLIC)
async def show_thanks(request: AnyRequest, code: FromPath[str]) -> Response[str]:
    """The same words for everybody: they tell nobody whether an address is known here."""
    form = await open_form(code)
    spoken = _language(request, form)
    firm = await company()
    with speaking(spoken):
        body = rendered("web_forms/thanks.html", form=form, spoken=spoken, firm=firm)
    return Response(body, media_type=MediaType.HTML, headers=_headers(form))


async def _page(
    form: Row, spoken: str, token: str, values: dict[str, str] | None = None, errors: dict[str, str] | None = None, *,
    status: int = 0,
) -> Response[str]:  # fmt: skip
    firm, known = await company(), {row.code: row for row in await topics()}
    codes = [code for code in form.topics.split(",") if code in known]
    with speaking(spoken):
        body = rendered(
            "web_forms/form.html", form=form, spoken=spoken, token=token, values=values or {}, errors=errors or {}, firm=firm, trap=TRAP,
            topics=[(code, local_name(known[code])) for code in codes] if len(codes) > 1 else [],
            asked=[(name, _(words), name in form.demanded.split(",")) for name, words in FIELDS.items() if name in form.asked.split(",")],
            is_call=form.kind == FormKind.CALL_BACK, languages=form.languages.split(","), most_files=MOST_FILES,
            largest=size_text(LARGEST_FILE),
        )  # fmt: skip
    return Response(
        body, status_code=status or (422 if errors else 200), media_type=MediaType.HTML, headers=_headers(form)
    )


def _words(spoken: str, sentence: str) -> str:
    with speaking(spoken):
        return _(sentence)


def _language(request: AnyRequest, form: Row) -> str:
    """What was asked for, else what the browser reads, if the form speaks it."""
    spoken: list[str] = form.languages.split(",")
    wished = request.query_params.get("lang") or language.get()
    return wished if wished in spoken else spoken[0]


def _headers(form: Row) -> dict[str, str]:
    """In a frame only on the websites that the form names; everything else of the program stays out of frames."""
    ancestors = " ".join(["'self'", *form.origins.split()]) if form.origins else "'none'"
    policy = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {ancestors}")
    return {"content-security-policy": policy, "referrer-policy": "no-referrer", "x-robots-tag": "noindex"}


handlers = [show_form, send_form, show_thanks]
