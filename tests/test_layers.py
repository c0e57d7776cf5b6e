"""Arrows point up: a package knows only those above it in the list. Handlers and API modules, which load, act and
render, may call any package; rules, queries, actions and tables may not. SQL stays out of what people reach."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
ORDER = (
    "accounts", "files", "service_levels", "mail", "customers", "consents", "notifications", "profiles", "touchpoints", "tickets",
    "reminders", "interactions", "surveys", "improvement", "mailings", "records", "reports", "privacy",
)  # fmt: skip
FREE = {"handlers", "api"}
ROUTES = {"litestar.get", "litestar.post", "litestar.patch", "litestar.delete"}
ABOVE_ALL = {
    "app", "catalogues", "cli", "demo", "embedded", "navigation", "piccolo_app", "piccolo_migrations", "search", "team", "today",
}  # fmt: skip
BELOW_ALL = {"web", "database", "errors", "queue", "settings", "text", "logs", "migrations", "personal"}
ROUTES_BELOW = {"assets.py", "status.py"}
"""Modules of crm.web with routes of their own, which declare a permission like all others."""
READS = {"queries", "listing", "finding", "paging", "ranking", "wanted", "history", "figures"}
"""Modules that only read. (customers/figures.py keeps the figures row: it writes.)"""
STATEMENT = re.compile(r"\b(INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found


def modules() -> list[Path]:
    return sorted(path for path in (ROOT / "crm").rglob("*.py") if "piccolo_migrations" not in path.parts)


def place(path: Path) -> str:
    """The package of crm/ that a module belongs to, or the module itself if it lies beside the packages."""
    return path.relative_to(ROOT / "crm").parts[0].removesuffix(".py")


def is_free(path: Path) -> bool:
    """Handlers and API modules: what has routes, and what lies in a folder with them."""
    has_routes = bool(ROUTES & imports(path))
    return path.stem in FREE or has_routes or bool(FREE & set(path.parts))


def known_of(names: set[str]) -> set[str]:
    """The packages of crm/ among what a module imports."""
    return {name.split(".")[1] for name in names if name.startswith("crm.")}


def test_every_package_has_a_place_in_the_order() -> None:
    places = {place(path) for path in modules()} - {"__init__", "__main__"}
    assert places <= {*ORDER, *ABOVE_ALL, *BELOW_ALL}


def test_arrows_point_up() -> None:
    wrong = []
    for path in modules():
        package = place(path)
        if package not in ORDER or is_free(path):
            continue
        allowed = set(ORDER[: ORDER.index(package) + 1])
        others = known_of(imports(path)) & ({*ORDER, *ABOVE_ALL} - allowed)
        wrong += [f"{path.relative_to(ROOT)} imports crm.{other}" for other in sorted(others)]
    assert not wrong, "\n".join(wrong)


def test_what_stands_below_all_knows_no_package() -> None:
    wrong = []
    for path in modules():
        if place(path) not in BELOW_ALL:
            continue
        names = imports(path)
        if path.name in ROUTES_BELOW:
            names -= {"crm.accounts.permissions", "crm.accounts.permissions.Permission"}
        others = known_of(names) & {*ORDER, *ABOVE_ALL}
        wrong += [f"{path.relative_to(ROOT)} imports crm.{other}" for other in sorted(others)]
    assert not wrong, "\n".join(wrong)


def test_what_people_reach_holds_no_sql() -> None:
    """Handlers and API modules call queries and actions."""
    sql = {f"crm.database.{name}" for name in ("execute", "fetch", "fetch_one", "fetch_value", "copy_rows")}
    wrong = [str(path.relative_to(ROOT)) for path in modules() if is_free(path) and sql & imports(path)]
    assert not wrong, "\n".join(wrong)


def test_reading_changes_nothing() -> None:
    reads = [path for path in modules() if path.stem in READS and path.parts[-2:] != ("customers", "figures.py")]
    wrong = [str(path.relative_to(ROOT)) for path in reads if STATEMENT.search(path.read_text(encoding="utf-8"))]
    assert len(reads) > len(READS)
    assert not wrong, "\n".join(wrong)


def test_the_program_never_imports_its_tasks() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in modules()
        if place(path) != "cli" and any(name.split(".")[0] == "tasks" for name in imports(path))
    ]
    assert not wrong


def test_only_the_queue_module_knows_arq() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.name != "queue.py"
        and place(path) != "cli"
        and any(name.split(".")[0] == "arq" for name in imports(path))
    ]
    assert not wrong


def test_only_one_module_knows_the_numbers_of_the_locks() -> None:
    """crm.database.Lock: two things with one number would wait for each other."""
    wrong = [
        str(path.relative_to(ROOT))
        for path in modules()
        if re.search(r"pg_(try_)?advisory_\w*lock\w*\(\s*\d", path.read_text(encoding="utf-8"))
    ]
    assert not wrong
