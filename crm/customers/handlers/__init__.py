"""The pages of this package. Each module here names its own in a list `route_handlers`; new ones are found by themselves."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from litestar import Router

router = Router(
    "",
    route_handlers=[
        handler
        for module in sorted(iter_modules(__path__), key=lambda found: found.name)
        for handler in getattr(import_module(f"{__name__}.{module.name}"), "route_handlers", ())
    ],
)
