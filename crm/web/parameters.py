"""What API calls have in common in their addresses and bodies: ids, how many items a list answers, and that no parameter is ignored."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.params import QueryParameter

from crm.database import HIGHEST_ID
from crm.errors import Invalid
from crm.web.i18n import _

Id = Annotated[int, msgspec.Meta(ge=1, le=HIGHEST_ID)]
"""The id of a record, in a body."""

Version = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""Which version of a record its sender has read."""

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="1 to 500 items")]


def demand_ids(**ids: int | None) -> None:
    """Raises Invalid, by name, for ids in an address that no record can have."""
    sentence = _("Please enter a whole number from %(low)s to %(high)s.") % {"low": 1, "high": HIGHEST_ID}
    if wrong := {name: sentence for name, value in ids.items() if value is not None and not 0 < value <= HIGHEST_ID}:
        raise Invalid(wrong)


async def refuse_unknown_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard: a call of the API refuses a parameter in its address that it does not take, by name. Ignored, a mistyped filter
    would answer everybody, and a mistyped `dry_run` would do it."""
    sent = connection.query_params.keys()
    if not sent or not connection.url.path.startswith("/api/") or connection.scope.get("method") == "OPTIONS":
        return
    if not getattr(handler, "resolve_include_in_schema", lambda: False)():  # what answers any other address
        return
    known = parameters_of(handler, frozenset(connection.path_params))
    if unknown := [name for name in dict.fromkeys(sent) if name not in known]:
        words = _("There is no such parameter here. These are known: %(names)s.") % {"names": ", ".join(sorted(known))}
        raise Invalid({name[:100]: words if known else _("There is no such parameter here.") for name in unknown[:20]})


@lru_cache(maxsize=1024)
def parameters_of(handler: BaseRouteHandler, in_path: frozenset[str]) -> frozenset[str]:
    """The names that a handler takes after the question mark; `in_path` are those of its path."""
    model = handler.create_kwargs_model(dict.fromkeys(in_path))  # type: ignore[arg-type]
    return frozenset(parameter.field_alias for parameter in model.expected_query_params)
