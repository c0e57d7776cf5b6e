"""`crm report`."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import click

from crm.cli.errors import Refusal
from crm.cli.session import run_in_program
from crm.cli.surroundings import data_option, demand_pango, say
from crm.settings import Settings

SECONDS_FOR_A_WORKER = 180  # if one has taken the report before us


@click.command("report")
@click.argument("month", metavar="YYYY-MM")
@click.option("--lang", type=click.Choice(["de", "en"]), default="de", show_default=True)
@click.option(
    "-o", "--output", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE.pdf"
)
@click.option(
    "--scope",
    default="company",
    show_default=True,
    metavar="SCOPE",
    help="company, team:NAME or segment:NAME (a shared list).",
)
@data_option
def command(month: str, lang: str, file: Path, scope: str) -> None:
    """Write the monthly touchpoint report as a PDF.

    \b
    Example:
      crm report 2026-10 --lang en -o october.pdf
      crm report 2026-10 --scope "team:Service" -o service.pdf
    """
    from crm.reports.months import month_from

    if (first_day := month_from(month)) is None:
        raise Refusal(f"{month!r} is no month. Write it like 2026-10.")
    demand_pango()
    if not file.absolute().parent.is_dir():
        raise Refusal(f"There is no folder {file.resolve().parent}.")

    async def work(settings: Settings) -> bytes:
        return await _report(first_day, lang, scope)

    pdf = run_in_program("report", work)
    file.write_bytes(pdf)
    say(f"{file}: {len(pdf) / 1000:.0f} KB.")


async def _report(month: date, lang: str, scope: str) -> bytes:
    from crm.errors import NotFound, RuleBroken
    from crm.files.queries import file_named
    from crm.reports.actions import produce_report, request_report
    from crm.reports.queries import run_by_id, scope_named
    from crm.reports.scopes import NotDrawnUp

    try:
        wanted = await scope_named(scope)
    except NotFound:
        raise Refusal(f"There is no team or shared list {scope!r}. Write company, team:NAME or segment:NAME.") from None
    except RuleBroken as problem:
        raise Refusal(problem.sentence) from None
    say("Producing the report ...")
    try:
        run_id = await request_report(month, lang, by=None, now=datetime.now(UTC), scope=wanted)
    except NotDrawnUp as problem:
        raise Refusal(problem.sentence) from None
    for _second in range(SECONDS_FOR_A_WORKER):
        await produce_report(run_id, now=datetime.now(UTC))
        run = await run_by_id(run_id)
        if run is not None and run.status == "ready":
            return (await file_named(run.pdf_hash)).content
        if run is not None and run.status == "failed":
            raise Refusal(run.error)
        await asyncio.sleep(1)  # a worker has taken it
    raise Refusal(
        f"The report was not ready after {SECONDS_FOR_A_WORKER} s. Is the worker overloaded? See `crm doctor`."
    )
