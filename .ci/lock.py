"""Writes requirements.txt and requirements-dev.txt: versions and hashes for every platform, and no address."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-emit-index-url", "--no-header", "--no-annotate", "pyproject.toml", "-"),
)


def main() -> None:
    # what builds the project is needed too where it is installed from a checkout
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    for file, extra in (("requirements.txt", ()), ("requirements-dev.txt", ("--extra", "dev"))):
        command = [str(ROOT / ".venv/bin" / COMPILE[0]), *COMPILE[1:], *extra, *sys.argv[1:], "-o", file]
        subprocess.run(command, cwd=ROOT, input="\n".join(build), text=True, check=True)
        text = (ROOT / file).read_text()
        if found := re.search(r"https?://\S+", text):
            sys.exit(f"{file} names an address: {found.group()}")


main()
