"""Letter boxes of the company, as tests need them."""

from __future__ import annotations

from typing import Any

from crm.database import fetch_value
from tests.mail.dovecot import PASSWORD, USER, Dovecot


async def letter_box(server: Dovecot | None = None, **values: Any) -> int:
    """A box for log mails unless something else is said, in this server's inbox if there is one."""
    row: dict[str, Any] = {
        "name": "Post",
        "address": "post@kern.example",
        "host": "localhost",
        "user_name": USER,
        "purpose": "log",
    }
    if server is not None:
        row |= {"port": server.tls_port, "password": PASSWORD}
    row |= values
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    sql = f"INSERT INTO letter_box ({', '.join(row)}) VALUES ({places}) RETURNING id"
    return int(await fetch_value(sql, *row.values()))
