"""Templates to answers: a whole page, or the fragment of it that htmx asked for."""

from __future__ import annotations

import string
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response
from litestar.response import Redirect
from litestar.utils.scope.state import ScopeState

from crm.web import i18n
from crm.web.assets import asset
from crm.web.formats import FILTERS
from crm.web.jinja import QuickEnvironment, counted, message
from crm.web.messages import Said

_PACKAGE = Path(__file__).parent.parent
TEMPLATES = next(path for path in (_PACKAGE / "_templates", _PACKAGE.parent / "templates") if path.is_dir())


def environment() -> Environment:
    """The Jinja environment of the moment's language: escaping on, unknown names are errors."""
    return _environment(i18n.language.get())


@cache
def _environment(language: str) -> Environment:
    env = QuickEnvironment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"], auto_reload=sys.flags.dev_mode,
        cache_size=-1,
    )  # fmt: skip
    env.said = Said(language)
    env.install_gettext_callables(i18n._, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext)  # type: ignore[attr-defined]
    env.filters.update(FILTERS)
    env.filters["local_name"] = i18n.local_name
    env.globals.update(_=message, ngettext=counted, asset=asset, new_submission=lambda: uuid4().hex)
    return env


def text(template: str, /, **context: Any) -> str:
    """The rendered text, for mails and reports; speaks the language of the moment."""
    return environment().get_template(template).render(now=datetime.now(UTC), lang=i18n.language.get(), **context)


def is_fragment(request: Request[Any, Any, Any]) -> bool:
    """True if htmx asks for a part; a boosted link or a restored page wants the whole."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"


def _context(request: Request[Any, Any, Any], context: dict[str, Any]) -> dict[str, Any]:
    return {
        "me": request.scope.get("user"),
        "csrf": _csrf(request),
        "lang": i18n.language.get(),
        "now": datetime.now(UTC),
        "request_path": request.url.path,
        "request_query": request.url.query,
        **context,
    }


def _csrf(request: Request[Any, Any, Any]) -> str:
    token = ScopeState.from_scope(request.scope).csrf_token
    return token if isinstance(token, str) else ""


async def page(
    request: Request[Any, Any, Any],
    template: str,
    /,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Response[str]:
    """The whole page, with the navigation of its reader."""
    navigation: Callable[..., Any] = request.app.state.navigation
    whole = _context(request, context)
    whole.update(await navigation(request))
    body = environment().get_template(template).render(whole)
    return Response(body, status_code=status, media_type=MediaType.HTML, headers=headers)


async def fragment(
    request: Request[Any, Any, Any],
    template: str,
    /,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Response[str]:
    """A part of a page, without navigation: the same template that the page includes."""
    body = environment().get_template(template).render(_context(request, context))
    return Response(body, status_code=status, media_type=MediaType.HTML, headers=headers)


def flashes(request: Request[Any, Any, Any], sentences: Mapping[str, str]) -> list[dict[str, str]]:
    """What the layout says about the form that led here: the sentence that `?done=` names, if it is one of these."""
    sentence = sentences.get(request.query_params.get("done", ""), "")
    return [{"text": i18n._(sentence), "tone": "good"}] if sentence else []


def see_other(request: Request[Any, Any, Any], path: str) -> Response[Any]:
    """Go on to another page after a form: 303 for a plain form, HX-Redirect for htmx. Headers are ASCII: anything else
    in the path is percent-encoded (RFC 3986)."""
    path = quote(path, safe=string.punctuation)
    if is_fragment(request):
        return Response("", status_code=204, headers={"hx-redirect": path})
    return Redirect(path, status_code=303)
