"""The address that the web server listens on: is it free, and if not, is it Nahbar that answers there?"""

from __future__ import annotations

import errno
import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any

from crm.cli.errors import Refusal
from crm.settings import Settings

SECONDS_TO_ANSWER = 5.0


@dataclass(frozen=True)
class Answer:
    """What /ready said. `is_nahbar` knows the program by the form of its answer, which no other one gives."""

    status: int
    text: str

    @property
    def is_ready(self) -> bool:
        return self.status == 200

    @property
    def is_nahbar(self) -> bool:
        try:
            said: Any = json.loads(self.text)
        except ValueError:
            return False
        return (
            isinstance(said, dict)
            and said.keys() == {"status", "missing"}
            and said["status"] == ("ready" if self.is_ready else "unready")
        )


def demand_port(settings: Settings) -> None:
    """Refuse, with a sentence, if the web server could not listen on its address."""
    if problem := port_problem(settings):
        raise Refusal(problem)


def port_problem(settings: Settings) -> str | None:
    """Why the web server could not listen on its address, and what to do; None if it could."""
    where = f"{settings.host}, port {settings.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as problem:
        return f"CRM_HOST: {settings.host!r} is no address of this machine ({problem.strerror})."
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError:
            return f"You may not listen on {where}. Choose a port from 1024 upwards with CRM_PORT or --port."
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                return f"{_who_listens(settings)} on {where}. Stop it, or choose another port with CRM_PORT or --port."
            return f"The web server cannot listen on {where}: {problem.strerror}. Check CRM_HOST and CRM_PORT."
    return None


def listening_address(settings: Settings) -> str:
    """CRM_HOST as a number, which is all that the web server takes."""
    found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return str(found[0][4][0])


def ask_ready(settings: Settings, seconds: float = SECONDS_TO_ANSWER) -> Answer:
    """What /ready says on our address; the status is 0 if nobody answers within so many seconds."""
    host = settings.allowed_hosts[0].removeprefix("*.")
    try:
        address = listening_address(settings)
    except OSError as problem:
        return Answer(0, str(problem))
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 -- asked, not bound
    connection = http.client.HTTPConnection(address, settings.port, timeout=seconds)
    try:
        connection.request("GET", "/ready", headers={"Host": "localhost" if host == "*" else host})
        response = connection.getresponse()
        return Answer(response.status, response.read(500).decode(errors="replace"))
    except (OSError, http.client.HTTPException) as problem:
        return Answer(0, str(problem) or type(problem).__name__)
    finally:
        connection.close()


def is_nahbar_there(settings: Settings) -> bool:
    """Whether it is a web server of ours, with these data or others, that has the address."""
    return ask_ready(settings, seconds=2.0).is_nahbar


def _who_listens(settings: Settings) -> str:
    return "Another Nahbar listens" if is_nahbar_there(settings) else "Another program listens"
