"""Piccolo's entry point: the engine, and the one app whose tables and migrations it knows."""

from __future__ import annotations

from typing import Any

from crm.database import engine_from_env

DB = engine_from_env()


def __getattr__(name: str) -> Any:
    """The registry of apps, made when Piccolo's commands ask for it: with it comes a formatter of Python, for which each
    start of the program would wait."""
    if name != "APP_REGISTRY":
        raise AttributeError(name)
    from piccolo.conf.apps import AppRegistry

    return AppRegistry(apps=["crm.piccolo_app"])
