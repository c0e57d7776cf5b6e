"""Serves the floor with granian, with as many processes as the program has."""

from __future__ import annotations

import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels


def main() -> None:
    port, processes = (int(argument) for argument in sys.argv[1:3])
    Granian(
        "bench.floor:application", factory=True, interface=Interfaces.ASGI, address="127.0.0.1", port=port, workers=processes,
        websockets=False, log_level=LogLevels.warning,
    ).serve()  # fmt: skip


if __name__ == "__main__":
    main()
