"""There is one way out for mail, and it asks the gate; and letters ask it too.

A letter is what is printed, or handed on to be printed, under a customer's postal address for a purpose of the catalogue. The program
prints none itself: what leaves for letters is an export for the channel "letter", whose persons the gate decides one by one.
"""

from __future__ import annotations

import ast
from pathlib import Path

from crm.records.export_purposes import Basis, purposes_of

ROOT = Path(__file__).parent.parent.parent
SENDER = "crm/consents/sending.py"
TRANSPORT = "crm/mail/transport.py"


MAIL_LIBRARIES = ("aiosmtplib", "smtplib", "lmtplib", "sendgrid", "mailgun", "boto3")
BY_NAME = ("import_module", "__import__")
"""What imports a module whose name is a text."""
PROGRAMS = ("sendmail", "mailx", "msmtp", "/usr/lib/sendmail")


def source_files() -> list[Path]:
    return [path for folder in ("crm", "tasks") for path in (ROOT / folder).rglob("*.py")]


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


def test_no_module_is_imported_by_a_name_that_hides_it() -> None:
    """`import_module("smtplib")` would be a way out that no list of imports shows."""
    hidden = []
    for path in source_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            names = (*MAIL_LIBRARIES, "crm.mail.transport")
            if called in BY_NAME and any(text.startswith(names) for text in texts):
                hidden.append(str(path.relative_to(ROOT)))
    assert hidden == []


def test_no_mail_program_of_the_machine_is_called() -> None:
    texts = {
        str(path.relative_to(ROOT))
        for path in source_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in PROGRAMS
    }
    assert texts == set()


def test_the_transport_is_used_by_its_two_names_alone() -> None:
    """`send` by the sender; the settings and the test of a server by others. Nobody takes a client to speak with by themselves."""
    taken = {name for path in source_files() for name in imported(path) if name.startswith("crm.mail.transport.")}
    allowed = {"send", "mail_settings", "check_smtp", "MailSettings", "NotDelivered", "ServerAnswer", "TIMEOUT"}

    assert {name.removeprefix("crm.mail.transport.") for name in taken} <= allowed


def test_what_leaves_is_sent_after_the_gate_has_been_asked_again() -> None:
    """In the sender, `send` is called in one place, and that place is reached from behind the question alone."""
    tree = ast.parse((ROOT / SENDER).read_text())
    calls: dict[str, list[str]] = {}
    for function in [node for node in tree.body if isinstance(node, ast.AsyncFunctionDef)]:
        calls[function.name] = [
            node.func.id
            for node in ast.walk(function)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
    assert [name for name, called in calls.items() if "send" in called] == ["_deliver"]
    assert [name for name, called in calls.items() if "_deliver" in called] == ["send_message"]
    assert calls["send_message"].index("permission_for") < calls["send_message"].index("_deliver")


def test_exports_for_letters_ask_the_gate() -> None:
    class Row:
        code, legal_basis, channels = "offers", "consent", "email,phone,letter"

    by_channel = {one.channel: one for one in purposes_of([Row()]) if one.channel}

    assert by_channel["letter"].basis is Basis.GATE
    assert "crm.consents.many.decisions_for" in imported(ROOT / "crm/records/export_basis.py")


def test_only_exports_read_postal_addresses_for_others_to_print() -> None:
    """Whatever prints (PDF) reads no postal addresses, so nothing printed can be sent as a letter past the gate. Who makes a page
    with an address that the person themselves asked for names it here, with the reason."""
    own_data = {
        "crm/privacy",  # what a person is given of their own data, on a legal duty (GDPR Art. 15, 20)
    }
    printing = users_of("weasyprint", "crm.reports.printing")
    with_addresses = {
        name
        for name in printing
        if "postal_address" in (ROOT / name).read_text() and not any(name.startswith(folder) for folder in own_data)
    }
    assert with_addresses == set()
