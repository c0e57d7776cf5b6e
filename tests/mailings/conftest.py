"""A newsletter of the kitchen maker to all customers, and those who agreed to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Role
from crm.accounts.tables import User
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.database import execute, fetch_value
from crm.mailings.drafting import draft_mailing
from crm.mailings.forms import Draft
from crm.mailings.running import start_mailing
from crm.mailings.tables import MailingKind
from tests.cast import Cast
from tests.consents.conftest import Client, anna, studio
from tests.consents.test_recording import record
from tests.mail.conftest import Postman, post_office, postman, use

__all__ = ["Postman", "anna", "post_office", "postman", "studio", "use"]

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""A Tuesday, ten o'clock in Berlin."""


def as_user(user: User) -> CurrentUser:
    return CurrentUser(user.id, user.name, user.email, Role(user.role), "de", "", True, user.team, None)


async def view_of(user: User, query: str = "") -> int:
    new = await fetch_value(
        "INSERT INTO saved_view (name, owner, query, created_at, version) VALUES ($4, $1, $2, $3, 1) RETURNING id",
        user.id, query, NOW, f"Alle {uuid4().hex[:6]}",
    )  # fmt: skip
    return int(new)


def draft(view_id: int | None, **more: Any) -> Draft:
    values: dict[str, Any] = {
        "kind": MailingKind.NEWSLETTER, "purpose": "newsletter", "name": "Herbst", "view_id": view_id,
        "subject_de": "Neues für {Name}", "subject_en": "News for {name}",
        "body_de": "{Anrede}\n\nneue Fronten sind da. Fragen Sie {Betreuung}.", "body_en": "{salutation}\n\nnew fronts are here.",
        "per_minute": 60, "at_night": False,
    }  # fmt: skip
    return Draft(**{**values, **more})


async def agrees(client: Client, now: datetime = NOW) -> None:
    await record(client.person, Event.GIVEN, source=Source.PAPER, now=now)


async def drafted(cast: Cast, **more: Any) -> int:
    return await draft_mailing(draft(await view_of(cast.eva), **more), as_user(cast.eva), now=NOW)


async def started(cast: Cast, confirmed: int, start_at: datetime | None = None, **more: Any) -> int:
    mailing = await drafted(cast, **more)
    await start_mailing(mailing, version=1, confirmed=confirmed, start_at=start_at, by=cast.eva.id, now=NOW)
    return mailing


@pytest.fixture
async def newsletter(cast: Cast, anna: Client, studio: Client) -> int:
    """A draft of Eva's; Anna agreed to newsletters, nobody at the studio did."""
    await agrees(anna)
    return await drafted(cast)


async def many_customers(count: int, *, agreed: bool = True) -> None:
    """Private customers with an address each, who gave their consent on paper."""
    await execute(
        """
        WITH c AS (INSERT INTO customer (number, kind, name, status, service_level, language, created_at, sort_key, search_text, brief,
            origin, website, no_automatic_answers, version)
            SELECT 'M-' || n, 'person', 'Kunde ' || n, 'customer', (SELECT id FROM service_level WHERE code = 'basis'),
                CASE WHEN n % 5 = 0 THEN 'en' ELSE 'de' END, $2, '', '', '', '', '', false, 1 FROM generate_series(1, $1) n
            RETURNING id, name, language),
        f AS (INSERT INTO customer_figures (customer) SELECT id FROM c),
        p AS (INSERT INTO person (given_name, family_name, title, form_of_address, language, created_at, version)
            SELECT 'Kunde', id::text, '', 'neutral', language, $2, 1 FROM c RETURNING id, family_name),
        a AS (INSERT INTO affiliation (customer, person, function, is_self, position) SELECT family_name::bigint, id, '', true, 0 FROM p)
        INSERT INTO email_address (person, address, position) SELECT id, 'kunde' || id || '@viele.example', 0 FROM p
        """,
        count, NOW,
    )  # fmt: skip
    if agreed:
        await agree_all()


async def agree_all() -> None:
    """Consents without the chain's hashes: what is tried here is the mailing."""
    await execute(
        "INSERT INTO consent_event (person_id, purpose, channel, event, source, at, recorded_at, payload_id, payload_hash, "
        "previous_hash, hash) SELECT e.person, 'newsletter', 'email', 'given', 'paper', $1, $1, 0, '', '', '' FROM email_address e "
        "WHERE e.address LIKE '%@viele.example'",
        NOW,
    )
