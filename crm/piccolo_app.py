"""The one Piccolo app: every table of every package, and the migrations."""

import os
from importlib import import_module
from pkgutil import iter_modules

from piccolo.conf.apps import AppConfig, table_finder

HERE = os.path.dirname(os.path.abspath(__file__))


def table_modules() -> list[str]:
    """Every `crm.<package>.tables` that exists, in alphabetical order."""
    packages = sorted(module.name for module in iter_modules([HERE]) if module.ispkg)
    return [f"crm.{name}.tables" for name in packages if os.path.exists(os.path.join(HERE, name, "tables.py"))]


for _module in table_modules():
    import_module(_module)

APP_CONFIG = AppConfig(
    app_name="crm",
    migrations_folder_path=os.path.join(HERE, "piccolo_migrations"),
    table_classes=table_finder(table_modules(), exclude_imported=True),
    migration_dependencies=[],
    commands=[],
)
