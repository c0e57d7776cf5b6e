"""Every command says what it does, with an example, and the operations guide names each."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from crm.cli import COMMANDS, HIDDEN
from crm.cli import crm as group


def every_command() -> list[tuple[str, ...]]:
    """The words of each command, those of groups included."""
    found: list[tuple[str, ...]] = []
    for name in COMMANDS | HIDDEN:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        found += [(name, word) for word in command.commands] if isinstance(command, click.Group) else [(name,)]
    return found


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_command_has_help_with_an_example(words: tuple[str, ...]) -> None:
    answer = CliRunner().invoke(group, [*words, "--help"], prog_name="crm")
    assert answer.exit_code == 0
    assert "Example" in answer.output
    assert f"crm {' '.join(words)}" in answer.output.partition("Example")[2]


def test_list_of_commands_tells_what_each_is_for() -> None:
    answer = CliRunner().invoke(group, ["--help"], prog_name="crm")
    assert all(f"\n  {name} " in answer.output for name in COMMANDS)
    assert "prepare" not in answer.output


def test_list_of_commands_names_everything_that_can_be_imported() -> None:
    listed = " ".join(CliRunner().invoke(group, ["--help"], prog_name="crm").output.split())
    assert "customers, contacts, products, quotations, orders or consents" in listed


def test_unknown_command_is_a_wrong_use() -> None:
    assert CliRunner().invoke(group, ["nonsense"]).exit_code == 2


def test_operations_guide_names_every_command() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    missing = [words for words in every_command() if words[0] in COMMANDS and f"`crm {' '.join(words)}" not in guide]
    assert missing == []


@pytest.mark.parametrize("words", [words for words in every_command() if words[0] != "prepare"], ids=" ".join)
def test_data_folder_can_be_named_to_every_command(words: tuple[str, ...]) -> None:
    answer = CliRunner().invoke(group, [*words, "--help"], prog_name="crm")
    assert "--data DIR" in answer.output
