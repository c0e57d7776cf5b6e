"""German and English throughout: every sentence in the source has a German translation that fits its placeholders."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def messages() -> dict[tuple[str | None, str], str]:
    """Every message of the source: (context, text) -> where it stands."""
    found = {}
    for folder in ("crm", "tasks", "templates"):
        method = (
            [("**.py", "python")]
            if folder != "templates"
            else [("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.svg", "jinja2")]
        )
        options = {
            pattern: {"trimmed": "true", "extensions": "jinja2.ext.do", "silent": "false"}
            for pattern, name in method
            if name == "jinja2"
        }
        for name, line, message, _comments, context in extract_from_dir(
            ROOT / folder, method, options, KEYWORDS, directory_filter=lambda _folder: True
        ):
            singular = message[0] if isinstance(message, tuple) else message
            found[(context, singular)] = f"{folder}/{name}:{line}"
    return found


def catalogue() -> dict[tuple[str | None, str], tuple[str, ...]]:
    entries: dict[tuple[str | None, str], tuple[str, ...]] = {}
    for path in sorted((ROOT / "crm/translations/de").glob("*.po")):
        for message in read_po(path.open("rb"), locale="de"):
            if not message.id:
                continue
            assert not message.fuzzy, f"{path.name}: fuzzy: {message.id}"
            singular = message.id[0] if isinstance(message.id, tuple) else message.id
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            key = (message.context, singular)
            earlier = entries.get(key)
            assert earlier is None or earlier == strings, (
                f"{path.name}: {singular!r} is translated twice, differently: {earlier} / {strings}"
            )
            entries[key] = strings
    return entries


def test_every_message_speaks_german() -> None:
    german = catalogue()
    missing = [
        f"{where}: {text!r}"
        for (context, text), where in messages().items()
        if not all(german.get((context, text), ("",)))
    ]
    assert not missing, "\n".join(sorted(missing))


def test_no_translation_is_left_over() -> None:
    known = messages()
    left = [text for key in catalogue() if key not in known for text in (key[1],)]
    assert not left, "\n".join(sorted(left))


def test_placeholders_survive_translation() -> None:
    for path in sorted((ROOT / "crm/translations/de").glob("*.po")):
        for message in read_po(path.open("rb"), locale="de"):
            texts = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            known = {name for text in texts for name in PLACEHOLDER.findall(text)}
            for string in strings if message.id else ():
                assert set(PLACEHOLDER.findall(string)) <= known | {"num"}, texts[0]


@pytest.mark.parametrize("word", ["Ticket", "Follow-up", "Button", "Customer", "Login", "Logout", " du ", "Dein "])
def test_german_has_no_borrowed_words(word: str) -> None:
    assert not [
        string for strings in catalogue().values() for string in strings if word in string and "API" not in string
    ]
