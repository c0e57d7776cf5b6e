"""Piccolo's entry point: the engine, and the one app whose tables and migrations it knows."""

from piccolo.conf.apps import AppRegistry

from crm.database import engine_from_env

DB = engine_from_env()
APP_REGISTRY = AppRegistry(apps=["crm.piccolo_app"])
