"""What the ledger does not take, each with one clear sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.consents.actions import record_event
from crm.consents.recording import Entry, record_events
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.database import execute, fetch_value
from crm.errors import Invalid, NotFound
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast
from tests.consents.conftest import NOW, Client

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"at": NOW + timedelta(minutes=6)}, "at", "Das liegt in der Zukunft."),
    ({"at": datetime(1949, 12, 31, tzinfo=UTC)}, "at", "Dieses Datum liegt zu weit zurück."),
    ({"purpose": "nothing"}, "purpose", "Diesen Zweck hat niemand festgelegt."),
    ({"purpose": "service", "channel": "email"}, "wording_version", "Zu diesem Zweck gibt es keinen Wortlaut"),
    ({"wording_version": None}, "wording_version", "Nennen Sie die Fassung des Wortlauts"),
    ({"wording_version": 7}, "wording_version", "Nennen Sie die Fassung des Wortlauts"),
    ({"channel": "phone"}, "channel", "Diesen Kanal hat der Zweck nicht."),
    ({"evidence": {"note": "x" * 4001}}, "evidence", "4000"),
]


@pytest.mark.parametrize(("fields", "field", "sentence"), WRONG)
async def test_one_sentence_says_why(anna: Client, fields: dict[str, Any], field: str, sentence: str) -> None:
    values: dict[str, Any] = {
        "purpose": "newsletter", "channel": "email", "event": Event.GIVEN, "source": Source.PHONE, "wording_version": 1, "by": None,
        "now": NOW, **fields,
    }  # fmt: skip

    with speaking("de"), pytest.raises(Invalid) as refused:
        await record_event(person_id=anna.person, **values)

    assert list(refused.value.errors) == [field]
    assert sentence in refused.value.errors[field]
    assert await fetch_value("SELECT count(*) FROM consent_event") == 0
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0


@pytest.mark.parametrize("number", [0, -1, 999_999, 2**63])
async def test_nothing_is_recorded_of_somebody_unknown_or_erased(anna: Client, number: int) -> None:
    with speaking("de"), pytest.raises(NotFound, match="gibt es nicht, oder ihre Daten wurden gelöscht"):
        await record_event(
            person_id=number,
            purpose="newsletter",
            channel="email",
            event=Event.WITHDRAWN,
            source=Source.PHONE,
            by=None,
            now=NOW,
        )


async def test_a_clock_that_is_a_little_ahead_is_forgiven_and_never_written(anna: Client) -> None:
    new = await record_event(
        person_id=anna.person, purpose="newsletter", channel="email", event=Event.WITHDRAWN, source=Source.PHONE, by=None, now=NOW,
        at=NOW + timedelta(minutes=4),
    )  # fmt: skip

    assert await fetch_value("SELECT at FROM consent_event WHERE id = $1", new) == NOW


async def test_many_at_once_are_refused_by_the_same_rule(anna: Client) -> None:
    await execute("UPDATE purpose SET retired_at = $1 WHERE code = 'offers'", NOW)
    entries = [
        Entry(anna.person, None, "newsletter", "email", Event.GIVEN, Source.IMPORT, NOW + timedelta(days=1), 1),
        Entry(anna.person, None, "service", "email", Event.GIVEN, Source.IMPORT, NOW, 1),
        Entry(anna.person, None, "offers", "phone", Event.GIVEN, Source.IMPORT, NOW, 1),
        Entry(anna.person, None, "offers", "phone", Event.WITHDRAWN, Source.IMPORT, NOW),
    ]

    *refused, taken = await record_events(entries, by=None, now=NOW)

    assert [list(one["de"].errors) for one in refused if not isinstance(one, int)] == [
        ["at"], ["wording_version"], ["purpose"],
    ]  # fmt: skip
    assert isinstance(taken, int)


async def test_the_api_refuses_with_the_field_and_the_sentence(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)
    body = {
        "person_id": anna.person, "purpose": "newsletter", "channel": "email", "event": "given", "source": "phone", "wording_version": 1,
        "at": "2199-01-01T00:00:00Z",
    }  # fmt: skip

    future = await browser.api("POST", "/consents", body)
    unknown = await browser.api("POST", "/consents", {**body, "person_id": 999_999})

    assert future.status_code == 422
    assert "at" in future.text
    assert unknown.status_code == 404
