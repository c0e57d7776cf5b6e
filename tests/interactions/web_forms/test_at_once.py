"""What machines send by a form at the same moment."""

from __future__ import annotations

import asyncio

from crm.accounts.permissions import Role
from crm.errors import TooMany
from crm.interactions.web_forms.defining import create_form
from crm.interactions.web_forms.entries import Entry
from crm.interactions.web_forms.guarding import MOST_PER_HOUR, Token
from crm.interactions.web_forms.sending import Origin, take_entry
from crm.interactions.web_forms.tables import FormKind
from tests.cast import hire
from tests.interactions.web_forms.conftest import VALUES
from tests.tickets.conftest import NOW


async def test_they_are_counted_one_after_the_other(own_database: str) -> None:
    eva = await hire("Eva Kern", Role.LEAD)
    form = await create_form(VALUES, by=eva.id, now=NOW)

    async def sent(number: int) -> int | None:
        entry = Entry(FormKind.ENQUIRY, "Anfrage", "de", email="ida@sommer.example", text=f"Nachricht {number}")
        origin = Origin(f"2001:db8:1:2::{number + 1:x}", "", Token(NOW, f"{number:016x}"))
        return await take_entry(form, entry, origin, secret=b"s" * 32, now=NOW)

    found = await asyncio.gather(*(sent(number) for number in range(MOST_PER_HOUR + 6)), return_exceptions=True)
    assert [type(each) for each in found if not isinstance(each, int)] == [TooMany] * 6
