"""The documents keep up with the program: every dependency has its reason, every address of the API is described."""

import re
import tomllib
from pathlib import Path

from crm.app import create_litestar
from crm.settings import Settings
from crm.web.i18n import catalogue

ROOT = Path(__file__).parent.parent


def dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    return {re.split(r"[\[=<>~! ]", name, maxsplit=1)[0] for name in wanted}


def test_every_dependency_has_its_reason_and_no_other_is_named() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## Dependencies")[2].partition("\n## ")[0]
    rows = [line.split("|")[1].rpartition(":")[2] for line in table.splitlines() if line.startswith("| ")][1:]
    named = {name.strip() for row in rows for name in row.split(",")}
    assert named == dependencies()


def test_every_address_of_the_api_is_described() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    app = create_litestar(Settings.from_env({}))
    paths = {re.sub(r"\{\w+:\w+\}", "{}", path) for path in app.route_handler_method_map if path.startswith("/api/v1/")}
    described = {re.sub(r"\{[\w-]+\}", "{}", path) for path in re.findall(r"/api/v1/[\w/{}-]+", text)}
    assert paths
    assert sorted(paths - described) == []
    assert sorted(described - paths) == []


def test_every_page_that_the_guides_for_officers_name_is_there() -> None:
    app = create_litestar(Settings.from_env({}))
    pages = {re.sub(r"\{(\w+):\w+\}", r"{\1}", path) for path in app.route_handler_method_map}
    named = {}
    for guide in ("datenschutz.md", "data-protection.md"):
        text = (ROOT / "docs" / guide).read_text(encoding="utf-8")
        named[guide] = set(re.findall(r"`(/[\w/{}-]*)`", text))
        assert len(named[guide]) > 15
        assert sorted(named[guide] - pages) == []
    assert named["datenschutz.md"] == named["data-protection.md"]


def test_every_page_that_the_guides_for_managers_name_is_there() -> None:
    """Both languages lead to the same pages, and to each other."""
    app = create_litestar(Settings.from_env({}))
    named = {}
    for guide, other in (("geschaeftsleitung.md", "management.md"), ("management.md", "geschaeftsleitung.md")):
        text = (ROOT / "docs" / guide).read_text(encoding="utf-8")
        named[guide] = set(re.findall(r"`(/[\w/{}-]*)`", text))
        assert len(named[guide]) > 10
        assert sorted(named[guide] - set(app.route_handler_method_map)) == []
        assert f"]({other})" in text
        assert all((ROOT / "docs" / link).exists() for link in re.findall(r"\]\(([\w-]+\.md)\)", text))
    assert named["geschaeftsleitung.md"] == named["management.md"]


def test_the_guides_for_managers_say_the_words_of_the_program() -> None:
    """What they call a page, a button or a result is what stands on screen."""
    german, english = (
        (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("geschaeftsleitung.md", "management.md")
    )
    words = catalogue("de")
    for message in (
        "Overview", "Customer journey", "Touchpoints", "Assessment rounds", "Criticism and praise", "Measures", "Personas",
        "Departments and products", "Plan a measure", "Mark as carried out", "too few answers", "Print to hand over",
    ):  # fmt: skip
        assert message.casefold() in english.casefold().replace("mark it as", "mark as"), message
        assert words.gettext(message).casefold() in german.casefold(), words.gettext(message)
