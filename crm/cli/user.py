"""`crm user`: users from the terminal, above all the first administrator."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from email_validator import EmailNotValidError, validate_email

from crm.accounts.permissions import Role
from crm.cli.session import run_in_program
from crm.cli.surroundings import address_of_program, data_option, say
from crm.settings import Settings


@click.group("user")
def command() -> None:
    """Add users.

    \b
    Example:
      crm user add anna@example.de --role administrator
    """


@command.command("add")
@click.argument("email")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="What the user does; fixes what they may see and do.",
)
@click.option(
    "--password", help="The password. Without it one is made and printed. Others on this machine may read it here."
)
@click.option("--name", default="", help="The full name; without it, what stands before the @.")
@click.option(
    "--language", type=click.Choice(["de", "en"]), help="German or English; without it, what the browser prefers."
)
@data_option
def add(email: str, role: str, password: str | None, name: str, language: str | None) -> None:
    """Add the user EMAIL, who can log in at once.

    \b
    Example:
      crm user add anna@example.de --role sales --name "Anna Berg"
    """
    try:
        address = validate_email(email, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise click.BadParameter(f"{email!r} is not an e-mail address.", param_hint="EMAIL") from None
    if password == "":
        raise click.BadParameter(
            "an empty password lets nobody in. Leave the option out to have one made.", param_hint="--password"
        )

    async def run(settings: Settings) -> str:
        from crm.accounts.actions import add_user
        from crm.accounts.passwords import generated_password, problem_with

        chosen = password or generated_password()
        if password and (problem := problem_with(password, address, name)):
            say(f"This password is weak, and is taken all the same. {problem}")
        await add_user(
            email=address,
            name=name,
            role=Role(role),
            language=language or "",
            password=chosen,
            by=None,
            now=datetime.now(UTC),
        )
        say(f"{address} can log in at {address_of_program(settings)} as {role}.")
        return chosen

    chosen = run_in_program("user add", run)
    if password is None:
        click.echo(chosen)
