"""A real IMAP server (Dovecot) on free ports of the loopback address, with a folder and a certificate of its own."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.embedded.playground import eventually, new_folder

PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
USER, PASSWORD = "post@kern.example", "streng geheim"
_OTHER = "otherwise@kern.example"
"""Opens the same box, however USER's password is."""

CONFIG = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{folder}/mail
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_username_chars =
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """The server; `start` and `stop` may be called in turn. `deliver` puts a message into the inbox as others do it, by IMAP."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.tls_port = _free_port(), _free_port()
        self.certificate = folder / "cert.pem"
        self.passwords = {USER: PASSWORD}
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "mail").mkdir()
        (folder / "run").mkdir(mode=0o755)
        self._make_certificate()
        (folder / "dovecot.conf").write_text(
            CONFIG.format(folder=folder, port=self.port, tls_port=self.tls_port, **_users())
        )
        if os.geteuid() == 0:
            owner = _users()
            shutil.chown(folder / "mail", owner["user"], owner["group"])

    def start(self) -> None:
        users = "".join(
            f"{user}:{{plain}}{password}\n" for user, password in {**self.passwords, _OTHER: PASSWORD}.items()
        )
        (self.folder / "users").write_text(users)
        assert PROGRAM is not None
        self._process = subprocess.Popen(
            [PROGRAM, "-F", "-c", str(self.folder / "dovecot.conf")], stdin=subprocess.DEVNULL
        )
        assert eventually(self._answers), self.log()

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
            self._process = None

    def client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=15)
        client.login(_OTHER, PASSWORD)
        return client

    def deliver(self, *messages: bytes, received: str | None = None) -> None:
        """APPEND, for the server's date of arrival as IMAP writes it."""
        client = self.client()
        for message in messages:
            status, said = client.append("INBOX", "", received or "", message)
            assert status == "OK", said
        client.logout()

    def flags(self) -> list[str]:
        """The flags of every message in the inbox."""
        client = self.client()
        client.select("INBOX", readonly=True)
        _status, found = client.fetch("1:*", "(FLAGS)")
        client.logout()
        return [
            re.sub(r".*FLAGS \((.*?)\).*", r"\1", bytes(each).decode()) for each in found if isinstance(each, bytes)
        ]

    def delete(self, number: int) -> None:
        client = self.client()
        client.select("INBOX")
        client.store(str(number), "+FLAGS", "(\\Deleted)")
        client.expunge()
        client.logout()

    def number_anew(self) -> None:
        """The server has lost its numbers: another UIDVALIDITY, and every message has a new number."""
        self.stop()
        for file in (self.folder / "mail").glob("dovecot*"):
            before = file.read_text(errors="replace") if file.name == "dovecot-uidlist" else ""
            file.unlink()
            if found := re.match(r"3 V(\d+) N\d+ (G\w+)", before):
                file.write_text(f"3 V{int(found[1]) + 1} N1 {found[2]}\n")
                if os.geteuid() == 0:
                    shutil.chown(file, _users()["user"], _users()["group"])
        self.start()

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else "no log"

    def _answers(self) -> bool:
        try:
            self.client().logout()
        except (OSError, imaplib.IMAP4.error):
            return False
        return True

    def _make_certificate(self) -> None:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(self.folder / "key.pem"),
             "-out", str(self.certificate)],
            check=True, capture_output=True,
        )  # fmt: skip


def _users() -> dict[str, str]:
    """Whom the server runs as: the unprivileged users that its package brings, or for others than root, this user alone."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        return {
            "user": "nobody", "group": grp.getgrgid(nobody.pw_gid).gr_name, "internal": "dovecot",
            "internal_group": grp.getgrgid(pwd.getpwnam("dovecot").pw_gid).gr_name, "login": "dovenull",
        }  # fmt: skip
    me, mine = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    return {"user": me, "group": mine, "internal": me, "internal_group": mine, "login": me}


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running_dovecot() -> Iterator[Dovecot]:
    """A server with an empty inbox; without Dovecot the test is skipped, and says so."""
    if PROGRAM is None or shutil.which("openssl") is None:
        print("*** NO TESTS AGAINST A REAL IMAP SERVER: Dovecot is not installed ***", file=sys.__stderr__)
        pytest.skip("NO IMAP TESTS: Dovecot is not installed (Debian: apt-get install dovecot-imapd)")
    with new_folder() as folder:
        server = Dovecot(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
