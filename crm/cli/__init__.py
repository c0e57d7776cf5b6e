"""The `crm` command. Each group of commands has a file of its own, which is read only when it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from crm.cli.errors import sentence_for

# command -> (module, what `crm --help` says about it)
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("crm.cli.up", "Start everything in the foreground: servers, migrations, web, worker."),
    "serve": ("crm.cli.serve", "Answer web requests (any number of these may run)."),
    "worker": ("crm.cli.worker", "Do the work in the background (any number of these may run)."),
    "migrate": ("crm.cli.migrate", "Bring the database to the state that this version expects."),
    "demo": ("crm.cli.demo", "Fill an empty database with a demo company."),
    "user": ("crm.cli.user", "Add users, above all the first administrator."),
    "token": ("crm.cli.token", "Print an API token for a user."),
    "import": (
        "crm.cli.imports",
        "Bring in customers, contacts, products, quotations, orders or consents from a file.",
    ),
    "mail": ("crm.cli.mail", "Take in an e-mail that a mail server hands over."),
    "tickets": ("crm.cli.tickets", "Say why an enquiry went to whom."),
    "consents": ("crm.cli.consents", "Verify the consent ledger."),
    "report": ("crm.cli.report", "Write the monthly report as a PDF."),
    "backup": ("crm.cli.backup", "Write the whole database into one file."),
    "restore": ("crm.cli.restore", "Read a backup back."),
    "doctor": ("crm.cli.doctor", "Say what is missing or misconfigured, and how to mend it."),
}


# run by `crm up` alone, and not listed
HIDDEN = {"prepare": ("crm.cli.prepare", "")}


class Commands(click.Group):
    """The commands, imported one at a time, so that `crm --help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known = COMMANDS | HIDDEN
        if cmd_name not in known:
            return None
        command: click.Command = import_module(known[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nahbar", prog_name="crm")
def crm() -> None:
    """Nahbar, an approachable CRM.

    Without further settings the commands use an embedded PostgreSQL and Valkey in the folder CRM_DATA_DIR: those that
    run there, or new ones for as long as the command takes. CRM_DATABASE_URL and CRM_REDIS_URL name external ones.

    \b
    Example:
      crm up --demo
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. What a person can mend becomes one sentence on standard error and exit status 1; a wrong
    use of an option is 2, an interruption 130."""
    try:
        words = list(arguments) if arguments is not None else None
        status = crm.main(args=words, prog_name="crm", standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as problem:
        if (sentence := sentence_for(problem)) is None:
            raise
        click.echo(click.style("crm: ", fg="red") + sentence, err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)
