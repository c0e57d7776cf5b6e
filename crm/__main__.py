"""Runs the `crm` command of exactly this copy of the program; `crm up` starts its children by the path of this file."""

import sys
from pathlib import Path

if not __package__:
    sys.path.append(str(Path(__file__).resolve().parents[1]))

from crm.cli import main

if __name__ == "__main__":
    main()
