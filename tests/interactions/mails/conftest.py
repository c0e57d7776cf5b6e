"""Customers to write to, and a mail server that takes what is sent."""

import pytest

from crm.database import execute
from tests.cast import Cast
from tests.consents.conftest import Client, anna, studio
from tests.mail.conftest import Postman, dovecot, post_office, postman

__all__ = ["Client", "Postman", "anna", "dovecot", "post_office", "postman", "studio"]


@pytest.fixture
async def signed(cast: Cast) -> None:
    """Petra has said how she signs."""
    await execute(
        "INSERT INTO mail_sender (\"user\", phone, signature_de, signature_en) VALUES ($1, '+4991155120', "
        "'Herzliche Grüße\nPetra Lang', '')",
        cast.petra.id,
    )  # fmt: skip
    await execute("UPDATE company SET name = 'Küchen Kern', imprint = 'Küchen Kern GmbH\nHRB 4711'")
