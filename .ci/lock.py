"""Writes requirements.txt, requirements-dev.txt and requirements-pdf.txt: versions and hashes for every platform, and no address."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-emit-index-url", "--no-header", "--no-annotate"),
)


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    # what builds the project is needed too where it is installed from a checkout
    build = project["build-system"]["requires"]
    # the checker of PDFs has an environment of its own, without the program
    checker = project["project"]["optional-dependencies"]["pdf"]
    for file, needed, sources in (
        ("requirements.txt", build, ("pyproject.toml", "-")),
        ("requirements-dev.txt", build, ("pyproject.toml", "-", "--extra", "dev")),
        ("requirements-pdf.txt", checker, ("-",)),
    ):
        command = [str(ROOT / ".venv/bin" / COMPILE[0]), *COMPILE[1:], *sources, *sys.argv[1:], "-o", file]
        subprocess.run(command, cwd=ROOT, input="\n".join(needed), text=True, check=True)
        text = (ROOT / file).read_text()
        if found := re.search(r"https?://\S+", text):
            sys.exit(f"{file} names an address: {found.group()}")


main()
