"""Runs the `crm` command of exactly this copy of the program; `crm up` starts its children by the path of this file."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

if not __package__ and find_spec("crm") is None:
    # a checkout that is not installed; what this process starts must find it as well
    root = str(Path(__file__).resolve().parents[1])
    sys.path.append(root)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))

from crm.cli import main

if __name__ == "__main__":
    main()
