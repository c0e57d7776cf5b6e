"""`crm mail`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from crm.cli.session import run_in_program
from crm.cli.surroundings import data_option
from crm.settings import Settings


@click.group("mail")
def command() -> None:
    """Hand e-mails to the program, as a mail server does."""


@command.command("receive")
@data_option
def receive() -> None:
    """Take in one e-mail from standard input: it goes into the enquiry that it answers, or becomes one.

    The same e-mail (by its Message-ID) is taken in once. For a mail server that hands mails to a command.

    \b
    Example:
      crm mail receive < message.eml
    """
    raw = sys.stdin.buffer.read()

    async def run(settings: Settings) -> str:
        from crm.interactions.incoming.queries import ticket_of
        from crm.interactions.incoming.receiving import file_incoming_mail, receive_incoming

        now = datetime.now(UTC)
        mail_id = await receive_incoming(raw, now=now)
        if mail_id is None:
            return "This e-mail is there already."
        state = await file_incoming_mail(mail_id, now=now)
        ticket_id = await ticket_of(mail_id)
        if ticket_id is not None:
            return f"Put into enquiry #{ticket_id}."
        return f"Kept ({state or 'being filed'}): see Enquiries, Incoming e-mails."

    click.echo(run_in_program("mail", run))
