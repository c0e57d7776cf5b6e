"""The row of tabs above everything that is about many customers: list, portfolio, duplicates, imports, exports."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from litestar import Litestar, Request

from crm.accounts.permissions import Permission
from crm.web.i18n import N_, _

# label, address
_TABS = (
    (N_("List"), "/customers"),
    (N_("Portfolio"), "/portfolio"),
    (N_("Duplicates"), "/duplicates"),
    (N_("Imports"), "/imports"),
    (N_("Exports"), "/exports"),
    (N_("Won and lost"), "/customers/conversion"),
    (N_("Deleted"), "/customers/deleted"),
)


def customer_tabs(request: Request[Any, Any, Any]) -> list[tuple[str, str, bool]]:
    """The tabs whose page this program has and this role may see: (text, address, whether it is this one)."""
    path = request.url.path
    return [
        (_(label), href, path == href or (href != "/customers" and path.startswith(href + "/")))
        for label, href in _TABS
        if may_open(request, href)
    ]


def may_open(request: Request[Any, Any, Any], path: str) -> bool:
    """Whether this program has the page and this role may see it."""
    permission = _permission_of(request.app, path)
    return permission is not None and bool(request.user.may(permission))


@lru_cache(maxsize=256)
def _permission_of(app: Litestar, path: str) -> Permission | None:
    """What the page demands; None if there is no such page."""
    for route in app.routes:
        if route.path == path:
            for handler in getattr(route, "route_handlers", ()):
                if "GET" in handler.http_methods:
                    permission: Permission | None = handler.opt.get("permission")
                    return permission
    return None
