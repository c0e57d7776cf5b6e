"""Arrows point up: a package knows only those above it in the list. Handlers and API modules, which load, act and
render, may call any package; rules, queries, actions and tables may not."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
ORDER = (
    "accounts", "files", "service_levels", "mail", "customers", "consents", "notifications", "profiles", "touchpoints", "tickets",
    "reminders", "interactions", "surveys", "improvement", "mailings", "records", "reports", "privacy",
)  # fmt: skip
FREE = {"handlers", "api", "editing"}
ABOVE_ALL = {
    "app",
    "cli",
    "embedded",
    "navigation",
    "demo",
    "today",
    "search",
    "piccolo_app",
    "piccolo_migrations",
    "catalogues",
    "migrations",
}
BELOW_ALL = {"web", "database", "errors", "queue", "settings", "text", "logs"}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found


def is_free(path: Path) -> bool:
    return path.stem in FREE or path.stem.endswith(("_handlers", "_api")) or path.parent.name in FREE


def test_every_package_has_a_place_in_the_order() -> None:
    packages = {path.parent.name for path in (ROOT / "crm").glob("*/__init__.py")}
    assert packages <= {*ORDER, *ABOVE_ALL, *BELOW_ALL}


def test_arrows_point_up() -> None:
    wrong = []
    for path in sorted((ROOT / "crm").glob("*/*.py")):
        package = path.parent.name
        if package not in ORDER or is_free(path):
            continue
        allowed = set(ORDER[: ORDER.index(package) + 1])
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "crm" and len(parts) > 1 and parts[1] in {*ORDER, *ABOVE_ALL} - allowed:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_the_program_never_imports_its_tasks() -> None:
    wrong = [
        path
        for path in (ROOT / "crm").rglob("*.py")
        if path.parts[-2] != "cli" and any(n.split(".")[0] == "tasks" for n in imports(path))
    ]
    assert not wrong


def test_only_the_queue_module_knows_arq() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "crm").rglob("*.py")
        if path.name != "queue.py" and path.parts[-2] != "cli" and any(n.split(".")[0] == "arq" for n in imports(path))
    ]
    assert not wrong
