"""A real mail server on the loopback address, and a company that uses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from crm.database import execute
from tests.mail.dovecot import Dovecot, running_dovecot


class Postman:
    """Takes messages, or refuses as told. `answers` are given to RCPT one after the other, then everything is taken."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[str] = []
        self.answers: list[str] = []
        self.port = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        message: Any = message_from_bytes(bytes(envelope.content or b""), policy=default)
        self.received.append(message)
        self.raw.append(bytes(envelope.content or b""))
        self.recipients.extend(envelope.rcpt_tos)
        return "250 taken"


@pytest.fixture
async def postman() -> AsyncIterator[Postman]:
    """A mail server of the test's own, on a free port."""
    loop = asyncio.get_running_loop()
    handler = Postman()
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="post.example", loop=loop, enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    handler.port = server.sockets[0].getsockname()[1]
    yield handler
    server.close()


@pytest.fixture
async def post_office(postman: Postman, db: None) -> Postman:
    """The company's settings name the server."""
    await use(postman.port)
    return postman


async def use(port: int) -> None:
    """Write the mail server into the company's settings."""
    await execute(
        "UPDATE company SET name = 'Küchen Kern', mail_from = 'crm@kern.example', smtp_host = '127.0.0.1', smtp_port = $1, "
        "smtp_security = 'none', smtp_user = ''",
        port,
    )  # fmt: skip


@pytest.fixture
def dovecot(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dovecot]:
    """A real IMAP server, whose certificate this machine trusts."""
    with running_dovecot() as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server
