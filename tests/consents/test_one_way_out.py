"""There is one way out for mail, and it asks the gate."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SENDER = "crm/consents/sending.py"
TRANSPORT = "crm/mail/transport.py"


def imported(path: Path) -> set[str]:
    """What a file imports, by its full dotted names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def users_of(*prefixes: str) -> set[str]:
    """The files of the program that import one of these, or something from them."""
    return {
        str(path.relative_to(ROOT))
        for folder in ("crm", "tasks")
        for path in (ROOT / folder).rglob("*.py")
        if any(name == prefix or name.startswith(prefix + ".") for name in imported(path) for prefix in prefixes)
    }


def test_only_the_transport_speaks_smtp() -> None:
    assert users_of("aiosmtplib", "smtplib") == {TRANSPORT}


def test_only_sending_hands_messages_to_the_transport() -> None:
    assert users_of("crm.mail.transport.send") == {SENDER}


def test_nobody_imports_the_transport_as_a_whole() -> None:
    whole = {name for name in users_of("crm.mail.transport") if "crm.mail.transport" in imported(ROOT / name)}

    assert whole == set()


def test_nothing_but_queue_mail_writes_to_the_outbox() -> None:
    """The demo company fills tables by COPY; what it writes there has left long ago."""
    writers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "crm").rglob("*.py")
        if path.parent.name != "demo"
        and any(mark in path.read_text() for mark in ("INSERT INTO outbox_message", "OutboxMessage(to"))
    }

    assert writers == {SENDER}
