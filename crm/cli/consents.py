"""`crm consents`."""

from __future__ import annotations

import sys

import click

from crm.cli.session import run_in_program
from crm.cli.surroundings import data_option
from crm.settings import Settings


@click.group("consents")
def command() -> None:
    """Look after the consent ledger."""


@command.command("verify")
@click.option(
    "--lang", type=click.Choice(["de", "en"]), default="en", show_default=True, help="The language of the outcome."
)
@data_option
def verify(lang: str) -> None:
    """Recompute the whole chain of the consent ledger, and name the first event that does not fit.

    Ends with 1 if the ledger was changed, and notes the outcome as the nightly verification does.

    \b
    Example:
      crm consents verify
    """

    async def run(settings: Settings) -> tuple[bool, str]:
        from datetime import UTC, datetime

        from crm.consents.verification import told, verify_ledger
        from crm.web.i18n import speaking

        found = await verify_ledger(by=None, now=datetime.now(UTC))
        with speaking(lang):
            return found.ok, told(found)

    is_whole, sentence = run_in_program("consents", run)
    click.echo(sentence)
    sys.exit(0 if is_whole else 1)
