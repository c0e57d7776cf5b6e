"""The one Piccolo app: every table of every package, and the migrations."""

from importlib import import_module
from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

HERE = Path(__file__).resolve().parent


def table_modules() -> list[str]:
    """Every tables.py of a package or of a part of one, in alphabetical order."""
    return sorted(".".join(path.relative_to(HERE.parent).with_suffix("").parts) for path in HERE.rglob("tables.py"))


for _module in table_modules():
    import_module(_module)

APP_CONFIG = AppConfig(
    app_name="crm",
    migrations_folder_path=str(HERE / "piccolo_migrations"),
    table_classes=table_finder(table_modules(), exclude_imported=True),
    migration_dependencies=[],
    commands=[],
)
