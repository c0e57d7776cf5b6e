"""The targets of the Makefile are a contract, and what they install is pinned by version and hash, without an address."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest

from tests.embedded.playground import CHECKOUT

TARGETS = {"install", "run", "test", "check", "help", "wheel", "lock", "lint", "types", "bench"}


def pins(file: str) -> dict[str, str]:
    """The version of each package in a lock file."""
    return dict(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+)", (CHECKOUT / file).read_text(), re.MULTILINE))


def test_help_lists_every_target_of_the_contract() -> None:
    done = subprocess.run(["make", "help"], cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 0
    assert set(re.findall(r"^  make (\S+)", done.stdout, re.MULTILINE)) >= TARGETS


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_lock_file_has_a_hash_for_everything_and_no_address(file: str) -> None:
    text = (CHECKOUT / file).read_text()
    assert "://" not in text
    assert "index-url" not in text
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_lock_files_are_those_of_the_project() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for file, wanted in (
        ("requirements.txt", needed),
        ("requirements-dev.txt", [*needed, *project["project"]["optional-dependencies"]["dev"]]),
    ):
        found = pins(file)
        for requirement in wanted:
            name, version = re.fullmatch(r"([A-Za-z0-9-]+)(?:\[\w+\])?(?:[=>]=)(\S+)", requirement).groups()  # type: ignore[union-attr]
            assert name in found, f"{name} is not in {file}: run make lock"
            if "==" in requirement:
                assert found[name] == version, f"{name} in {file}: run make lock"


def test_both_lock_files_agree() -> None:
    runtime, tests = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: tests.get(name) for name in runtime} == runtime


def test_no_function_of_the_installer_is_taken_for_a_program() -> None:
    """`command -v chromium` once found the function of that name, and the browser was never installed."""
    script = (CHECKOUT / ".ci/install").read_text(encoding="utf-8")
    functions = set(re.findall(r"^([a-z_]+)\(\) \{", script, re.MULTILINE))
    listed = re.search(r"^    for name in ((?:chromium|google)[^;]*);", script, re.MULTILINE)
    assert listed is not None
    looked_for = set(re.findall(r"\bhas ([a-z-]+)", script)) | set(listed[1].split())
    assert {"chromium", "apt-get", "sudo"} <= looked_for
    assert functions >= {"has", "browser", "printing"}
    assert not functions & looked_for
