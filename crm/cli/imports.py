"""`crm import`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from crm.cli.errors import Refusal
from crm.cli.import_telling import tell_columns, tell_result
from crm.cli.session import run_in_program
from crm.cli.surroundings import data_option, progress, say

_ANSWERS = {"l": "skip", "c": "update", "n": "create"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says."""

    file: Path
    kind: str
    rule: str
    is_dry: bool
    asks: bool
    email: str
    source: str
    informed_on: datetime | None
    encoding: str
    delimiter: str
    sheet: str
    numbers: str
    assigned: tuple[str, ...]
    errors: Path | None


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option(
    "--kind",
    type=click.Choice(["customers", "interactions", "products", "quotations", "orders", "consents"]),
    default="customers",
    show_default=True,
    help="What the rows are. Contacts, quotations, orders and consents find their customer by external id, customer number or e-mail.",
)
@click.option(
    "--duplicates",
    "rule",
    type=click.Choice(["skip", "update", "create", "ask"]),
    default="skip",
    show_default=True,
    help="What happens with a customer who is there already, or with a product, a quotation or an order (skip or update).",
)
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@click.option(
    "--map",
    "assigned",
    multiple=True,
    metavar="HEADER=FIELD",
    help="Assign a column by hand; an empty FIELD leaves it out.",
)
@click.option("--encoding", default="", help="The file's encoding, if it is not recognised (utf-8, cp1252 ...).")
@click.option("--delimiter", default="", help="The character between two values, if it is not recognised.")
@click.option("--sheet", default="", help="The sheet of a workbook; otherwise the first that has rows.")
@click.option(
    "--numbers",
    type=click.Choice(["de", "en"]),
    default=None,
    help="Whether 1.234 is a thousand (de) or a bit more than 1 (en).",
)
@click.option(
    "--source",
    default="",
    metavar="TEXT",
    help="Where the data come from, for those who are owed information about it.",
)
@click.option(
    "--informed-on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
    help="The day on which these persons were informed (GDPR Art. 14); without it they are owed that.",
)  # fmt: skip
@click.option(
    "--errors",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the wrong rows there, to be mended.",
)
@click.option(
    "--by",
    "email",
    default="",
    metavar="EMAIL",
    help="The user whose import it is; sales people become owners of the new customers.",
)
@data_option
def command(
    file: Path, kind: str, rule: str, yes: bool, dry_run: bool, assigned: tuple[str, ...], encoding: str, delimiter: str, sheet: str,
    numbers: str | None, source: str, informed_on: datetime | None, errors: Path | None, email: str,
) -> None:  # fmt: skip
    """Bring in the rows of FILE: CSV, a workbook (XLSX) or vCards.

    Rows of orders with one number are the items of one order, which comes in whole or not at all.

    The columns are recognised by their headers: those of Google Contacts, Outlook, HubSpot, Salesforce and Pipedrive, German
    lists, and the names of the API (kind, name, given_name, family_name, email, phone, street, postcode, city, external_id ...;
    person_given_name and so on for the first person of an organisation).

    Good rows come in; wrong ones are named with line, column and reason and can be written to a file with --errors. Running the
    command again creates nothing twice; after a crash it goes on where it stopped. At a terminal it shows what it has recognised
    and asks before it begins. The web page "Import" can undo an import.

    \b
    Examples:
      crm import customers.csv
      crm import contacts.vcf --duplicates update --yes
      crm import calls.xlsx --kind interactions --dry-run
      crm import products.csv --kind products
      crm import orders.csv --kind orders --duplicates update
    """
    wishes = Wishes(
        file,
        kind,
        rule,
        dry_run,
        not yes and sys.stdin.isatty(),
        email,
        source,
        informed_on,
        encoding,
        delimiter,
        sheet,
        numbers or "",
        assigned,
        errors,
    )
    run_in_program("import", lambda _settings: _run(wishes))


async def _run(wishes: Wishes) -> None:
    from crm.records.imports import check_import, discard_import, start_import

    by, now = await _user(wishes.email), datetime.now(UTC)
    run_id = await _unfinished(wishes) if not wishes.is_dry else None
    if run_id is not None:
        say(f"Going on with import {run_id}, which was not finished.")
    else:
        run_id = await _receive(wishes, by, now)
        is_asking = wishes.rule == "ask" and wishes.asks
        if wishes.is_dry or is_asking:
            await check_import(run_id, now=now, in_background=False)
            await _work(run_id, wishes, "Trying")
            if wishes.is_dry:
                await tell_result(run_id, wishes.errors, is_trial=True)
                await discard_import(run_id)
                return
            await _ask_about_each(run_id, now)
        elif wishes.asks:
            click.confirm("Begin?", default=True, abort=True, err=True)
    await start_import(run_id, now=now, in_background=False)
    await _work(run_id, wishes, "Importing")
    await tell_result(run_id, wishes.errors, is_trial=False)


async def _user(email: str) -> int | None:
    from crm.database import fetch_value

    if not email:
        return None
    by = await fetch_value("SELECT id FROM staff WHERE lower(email) = lower($1) AND deactivated_at IS NULL", email)
    if by is None:
        raise Refusal(f"There is no user {email}. `crm user add` makes one.")
    return int(by)


async def _unfinished(wishes: Wishes) -> int | None:
    """An import of this very file by the command that has written something and was cut off."""
    from crm.database import fetch_value
    from crm.records.file_store import digest_of

    digest = await asyncio.to_thread(digest_of, wishes.file)
    found = await fetch_value(
        "SELECT r.id FROM import_run r WHERE r.file_sha256 = $1 AND r.kind = $2 AND r.rule = $3 AND r.status IN ('running', 'stopped', 'failed') "  # noqa: E501
        "AND r.position > 0 AND NOT EXISTS (SELECT FROM import_part p WHERE p.run = r.id) "
        "AND EXISTS (SELECT FROM import_row w WHERE w.run = r.id AND NOT w.is_trial) ORDER BY r.id DESC LIMIT 1",
        digest, wishes.kind, wishes.rule,
    )  # fmt: skip
    if found is None:
        return None
    from crm.records.imports import stop_import

    await stop_import(found, now=datetime.now(UTC))
    return int(found)


async def _receive(wishes: Wishes, by: int | None, now: datetime) -> int:
    from crm.database import decoded, fetch_one
    from crm.records.imports import Settings, assign_columns, receive_import
    from crm.records.reading import Choices
    from crm.records.tables import Rule
    from crm.records.targets import ImportKind

    choices = Choices(wishes.encoding, wishes.delimiter.replace("\\t", "\t"), wishes.sheet, wishes.numbers)
    kind = ImportKind(wishes.kind)
    run_id = await receive_import(wishes.file, wishes.file.name, kind, by=by, now=now, is_kept=False, choices=choices)
    run = await fetch_one("SELECT * FROM import_run WHERE id = $1", run_id)
    assert run is not None
    columns = decoded(run.columns)
    fields = _assigned(wishes, columns, decoded(run.mapping))
    tell_columns(run, columns, fields)
    informed_on = wishes.informed_on.date() if wishes.informed_on else None
    settings = Settings(tuple(fields), Rule(wishes.rule), wishes.source or run.source, informed_on)
    try:
        await assign_columns(run_id, settings, by=by, now=now)
    except Exception:
        from crm.records.imports import discard_import

        await discard_import(run_id)
        raise
    return run_id


def _assigned(wishes: Wishes, columns: list[str], fields: list[str]) -> list[str]:
    from crm.records.analysing import is_field
    from crm.records.targets import TARGETS, ImportKind

    kind = ImportKind(wishes.kind)
    for pair in wishes.assigned:
        header, _equals, code = pair.rpartition("=")
        if header not in columns:
            raise Refusal(f"--map: there is no column {header!r}. There are: {', '.join(columns)}.")
        if code and not is_field(code, kind):
            raise Refusal(f"--map: there is no field {code!r}. There are: {', '.join(TARGETS[kind])}.")
        fields = ["" if each == code and code else each for each in fields]
        fields[columns.index(header)] = code
    return fields


async def _work(run_id: int, wishes: Wishes, label: str) -> None:
    from crm.records.importing import work_on_import

    with progress(label, 0) as bar:

        def told(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        await work_on_import(run_id, now=datetime.now(UTC), path=wishes.file, progress=told)


async def _ask_about_each(run_id: int, now: datetime) -> None:
    """Which of the customers who are there already are to be left out, changed, or created all the same."""
    from crm.database import decoded, fetch
    from crm.records.imports import decide_rows
    from crm.records.sentences import reason_sentence

    asked = await fetch(
        "SELECT line, label, reason, detail::text AS detail FROM import_row WHERE run = $1 AND is_trial AND outcome = 'asked' ORDER BY line",  # noqa: E501
        run_id,
    )
    decisions: dict[int, str] = {}
    for place, row in enumerate(asked):
        name = decoded(row.detail).get("name", "")
        say(f"line {row.line}: {row.label}: {name} {reason_sentence(row.reason)}.")
        answer = click.prompt(
            "[l]eave out, [c]hange, create a [n]ew one; capital letter: this one and all that follow",
            type=click.Choice(["l", "c", "n", "L", "C", "N"]), default="l", show_choices=False, err=True,
        )  # fmt: skip
        rest = asked[place:] if answer.isupper() else asked[place : place + 1]
        decisions |= {each.line: _ANSWERS[answer.lower()] for each in rest}
        if answer.isupper():
            break
    await decide_rows(run_id, decisions, now=now)
