"""`crm token`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from crm.cli.session import run_in_program
from crm.cli.surroundings import data_option
from crm.settings import Settings


@click.command("token")
@click.argument("email")
@click.option(
    "--name", default="crm token", show_default=True, help="What the token is called in the list of the user's tokens."
)
@data_option
def command(email: str, name: str) -> None:
    """Make an API token for the user EMAIL and print it, and nothing else.

    It can do what the user can do, and ends when the user revokes it (Account, API tokens) or is deactivated.

    \b
    Example:
      curl -H "Authorization: Bearer $(crm token anna@example.de)" http://localhost:8080/api/v1/customers
    """

    async def run(settings: Settings) -> str:
        from crm.accounts.actions import issue_api_token, user_by_email

        user = await user_by_email(email)
        return await issue_api_token(user.id, name, by=None, now=datetime.now(UTC))

    click.echo(run_in_program("token", run))
