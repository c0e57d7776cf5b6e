"""Finding the routes of a package whose pages or calls are divided into modules."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any


def handlers_in(package: ModuleType) -> list[Any]:
    """What each module of this package names in its list `route_handlers`, in the order of the modules' names. TypeError for a
    module without one: its pages would be missing and nobody would be told."""
    found: list[Any] = []
    for name in sorted(module.name for module in iter_modules(package.__path__, f"{package.__name__}.")):
        handlers = getattr(import_module(name), "route_handlers", None)
        if handlers is None:
            raise TypeError(f"{name} has no list route_handlers")
        found += handlers
    return found
