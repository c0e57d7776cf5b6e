"""The public page of questions and answers. It sets no cookie, keeps no address, and needs no script."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.company import company, signing_secret
from crm.accounts.handlers.cookies import AnyRequest
from crm.accounts.permissions import Permission
from crm.database import Row
from crm.errors import Forbidden, NotFound
from crm.interactions.web_forms.defining import enquiry_form_code
from crm.text import fold, search_terms
from crm.tickets.answers.opinions import count_opinion
from crm.tickets.answers.queries import level_zero, served
from crm.tickets.answers.tokens import is_from_page, opinion_token
from crm.web.i18n import LANGUAGES, _, language, local_name, speaking
from crm.web.render import page, see_other

LONGEST_SEARCH = 200


@get("/faq", permission=Permission.PUBLIC)
async def show_faq(request: AnyRequest) -> Response[str]:
    """By topic, in the language that `lang` or the browser wishes; `q` searches. Before it is public a lead sees it."""
    await _demand_open(request)
    now = datetime.now(UTC)
    with speaking(_language(request)):
        rows = [row for row in await served(language.get(), now) if row.is_published]
        query = request.query_params.get("q", "").replace("\x00", "")[:LONGEST_SEARCH]
        found = [row for row in rows if _has(row, search_terms(query))]
        return await page(
            request, "answers/faq.html", groups=[(name, list(of_it)) for name, of_it in groupby(found, key=_topic)], total=len(found),
            query=query, is_empty=not rows, firm=await company(), thanked=request.query_params.get("thanks", ""),
            form_code=await enquiry_form_code(), is_public=(await level_zero()).is_faq_public,
            token=opinion_token(now, await signing_secret()),
        )  # fmt: skip


@post("/faq/{answer_id:int}/opinions", permission=Permission.PUBLIC, status_code=303)
async def say_opinion(request: AnyRequest, answer_id: FromPath[int]) -> Response[Any]:
    """Whether an answer helped: counted, and nothing else is kept. The signed token of the page stands for that of a session: without
    a cookie nobody is known here, and no other website sends a form in the name of whoever reads it."""
    now, form = datetime.now(UTC), await request.form()
    await _demand_open(request)
    if not is_from_page(str(form.get("token", "")), now, await signing_secret()):
        raise Forbidden(_("This page lay open for a long time. Open it anew, then say whether the answer helped."))
    await count_opinion(answer_id, helped=form.get("helped") == "yes", now=now)
    again = urlencode({"lang": _language(request), "thanks": answer_id})
    return see_other(request, f"/faq?{again}#answer-{answer_id}")


async def _demand_open(request: AnyRequest) -> None:
    user = request.scope.get("user")
    if not (await level_zero()).is_faq_public and not (user and user.may(Permission.CATALOGUES_EDIT)):
        raise NotFound()


def _language(request: AnyRequest) -> str:
    wished = request.query_params.get("lang", "")
    return wished if wished in LANGUAGES else language.get()


def _topic(row: Row) -> str:
    return local_name(row) if row.topic else _("Other questions")


def _has(row: Row, terms: tuple[str, ...]) -> bool:
    words = fold(f"{row.title} {row.questions} {row.text}")
    return all(term in words for term in terms)


route_handlers = [show_faq, say_opinion]
