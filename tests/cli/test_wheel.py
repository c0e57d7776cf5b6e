"""The wheel holds everything: installed into an empty environment outside the checkout, it runs the whole program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Up, free_port
from tests.embedded.playground import CHECKOUT, new_folder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel() -> Iterator[Path]:
    with new_folder() as folder:
        build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
        done = subprocess.run(build, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        yield next(folder.glob("*.whl"))


def test_wheel_holds_what_the_checkout_holds(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {"piccolo_conf.py"}
    for folder, pattern in (("crm", "**/*"), ("tasks", "**/*.py")):
        wanted |= {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / folder).glob(pattern) if path.is_file()}
    wanted |= {
        f"crm/_templates/{path.relative_to(CHECKOUT / 'templates')}"
        for path in (CHECKOUT / "templates").glob("**/*")
        if path.is_file()
    }
    missing = {name for name in wanted - names if "__pycache__" not in name}
    assert missing == set()
    assert not [name for name in names if re.match(r"(tests|bench|data|docs)/", name)]


def test_installed_wheel_runs_the_demo_elsewhere(wheel: Path) -> None:
    with new_folder() as folder:
        environment = folder / "environment"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
        packages = Path(sysconfig.get_path("purelib", vars={"base": str(environment), "platbase": str(environment)}))
        # the other packages are those of this environment, found after everything in the new one; the checkout is not
        (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
        install = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), "install"]
        done = subprocess.run(
            [*install, "--no-index", "--no-deps", "--ignore-installed", str(wheel)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        where = [
            str(environment / "bin" / "python"),
            "-P",
            "-c",
            "import crm, tasks; print(crm.__file__, tasks.__file__)",
        ]
        elsewhere = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        found = subprocess.run(where, cwd="/", env=elsewhere, capture_output=True, text=True).stdout
        assert found.count(str(environment)) == 2
        command = [str(environment / "bin" / "crm")]
        with Up(folder / "data", free_port(), "--demo", command=command, PYTHONPATH="") as up:
            assert up.says("Ctrl-C stops it.", 120), up.said
            assert "sales@demo.example" in up.said
            assert up.interrupt() == 0
