"""`crm import`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crm.cli.errors import Refusal
from crm.cli.session import run_in_program
from crm.cli.surroundings import data_option, progress, say

if TYPE_CHECKING:
    from crm.records.actions import ImportResult

SHOWN_AT_ONCE = 200


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option(
    "--by",
    "email",
    default="",
    metavar="EMAIL",
    help="The user whose import it is; sales people become owners of the new customers.",
)
@data_option
def command(file: Path, email: str) -> None:
    """Bring in customers from the CSV file FILE.

    Its first line names the columns, as the API does: kind (organisation or person), name, given_name, family_name,
    email, phone, street, postcode, city, country, language, service_level, external_id, status, brief, origin,
    website, vat_id; person_given_name, person_email and so on for the first person of an organisation. Good rows come
    in; wrong ones are named with line, column and reason, and the exit status is 1. Rows whose external_id is there
    already are left alone, so a mended file can be imported again.

    \b
    Example:
      crm import customers.csv
    """
    result = run_in_program("import", lambda settings: _run(file, email))
    _tell(result)
    if result.wrong:
        raise Refusal(f"{len(result.wrong)} of {len(result.rows)} rows are wrong. Mend them and import the file again.")


async def _run(file: Path, email: str) -> ImportResult:
    from crm.database import fetch_value
    from crm.records.actions import import_customers

    by = (
        await fetch_value("SELECT id FROM staff WHERE lower(email) = lower($1) AND deactivated_at IS NULL", email)
        if email
        else None
    )
    if email and by is None:
        raise Refusal(f"There is no user {email}. `crm user add` makes one.")
    with progress("Importing customers", 0) as bar:

        def told(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        return await import_customers(file, by=by, now=datetime.now(UTC), progress=told)


def _tell(result: ImportResult) -> None:
    from crm.records.actions import Outcome

    for row in result.wrong[:SHOWN_AT_ONCE]:
        for column, reason in row.errors.items():
            say(f"line {row.line}{', ' + column if column else ''}: {reason}")
    if len(result.wrong) > SHOWN_AT_ONCE:
        say(f"... and {len(result.wrong) - SHOWN_AT_ONCE} more wrong rows.")
    click.echo(
        f"{result.count(Outcome.CREATED)} created, {result.count(Outcome.KNOWN)} there already, "
        f"{result.count(Outcome.WRONG)} wrong."
    )
