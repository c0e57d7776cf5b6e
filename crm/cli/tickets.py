"""`crm tickets`."""

from __future__ import annotations

import click

from crm.cli.session import run_in_program
from crm.cli.surroundings import data_option
from crm.settings import Settings


@click.group("tickets")
def command() -> None:
    """Look at enquiries."""


@command.command("explain")
@click.argument("number", type=click.IntRange(1, 2**62))
@click.option(
    "--lang", type=click.Choice(["de", "en"]), default="en", show_default=True, help="The language of the sentences."
)
@data_option
def explain(number: int, lang: str) -> None:
    """Say why enquiry NUMBER went to whom: every decision with its candidates, and whether the same facts give it again.

    \b
    Example:
      crm tickets explain 1234
    """

    async def run(settings: Settings) -> list[str]:
        from crm.tickets.retelling import told_decisions
        from crm.web.i18n import speaking

        with speaking(lang):
            return await told_decisions(number)

    click.echo("\n".join(run_in_program("tickets", run)))
