"""Adding to the ledger: what is refused, what always works, and what else is written with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm.consents.actions import record_event
from crm.consents.gate import permission_for
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.database import fetch, fetch_one, fetch_value
from crm.errors import Invalid, NotFound
from tests.cast import Cast
from tests.consents.conftest import NOW, Client


async def record(person: int | None, event: Event, **fields: Any) -> int:
    """A newsletter event by Petra, unless told otherwise."""
    values: dict[str, Any] = {
        "purpose": "newsletter", "channel": "email", "source": Source.WEB_FORM, "by": None, "now": NOW, **fields,
    }  # fmt: skip
    if event == Event.GIVEN:
        values.setdefault("wording_version", 1)
    return await record_event(person_id=person, event=event, **values)


async def allowed(client: Client, **fields: Any) -> bool:
    values: dict[str, Any] = {"purpose": "newsletter", "channel": "email", "now": NOW + timedelta(days=1), **fields}
    return (await permission_for(person_id=client.person, **values)).allowed


async def test_given_confirmed_withdrawn(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)
    assert not await allowed(anna)

    await record(anna.person, Event.CONFIRMED, now=NOW + timedelta(minutes=1))
    assert await allowed(anna)

    await record(anna.person, Event.WITHDRAWN, now=NOW + timedelta(minutes=2))
    assert not await allowed(anna)


async def test_the_history_and_the_audit_trail_tell_of_it(anna: Client, cast: Cast) -> None:
    new = await record(anna.person, Event.GIVEN, by=cast.petra.id)

    entry = await fetch_one("SELECT *, detail ->> 'purpose' AS purpose FROM timeline_entry WHERE kind = 'consent'")
    audited = await fetch_one("SELECT * FROM audit_entry WHERE action = 'consent.recorded'")
    assert entry is not None
    assert (entry.customer, entry.person_id, entry.ref_id, entry.purpose) == (
        anna.customer,
        anna.person,
        new,
        "newsletter",
    )
    assert audited is not None
    assert (audited.actor_id, audited.subject_id) == (cast.petra.id, anna.person)


async def test_an_address_without_a_person_is_kept_as_a_keyed_hash(studio: Client) -> None:
    new = await record(None, Event.GIVEN, address=" Info@Yildiz.example ", source=Source.PAPER)

    row = await fetch_one("SELECT address_key, person_id FROM consent_event WHERE id = $1", new)
    assert row is not None
    assert row.person_id is None
    assert "yildiz" not in row.address_key
    answer = await permission_for(address="INFO@yildiz.example", purpose="newsletter", channel="email", now=NOW)
    assert answer.allowed
    assert await fetch("SELECT id FROM timeline_entry WHERE customer = $1 AND ref_id = $2", studio.customer, new)


async def test_all_mistakes_are_told_at_once(anna: Client) -> None:
    with pytest.raises(Invalid) as refused:
        await record(
            anna.person,
            Event.GIVEN,
            channel="phone",
            wording_version=99,
            at=NOW + timedelta(days=1),
            evidence={"x": "y" * 5000},
        )

    assert set(refused.value.errors) == {"channel", "wording_version", "at", "evidence"}


async def test_a_purpose_that_nobody_defined_is_refused(anna: Client) -> None:
    with pytest.raises(Invalid) as refused:
        await record(anna.person, Event.GIVEN, purpose="spam\x00")

    assert "purpose" in refused.value.errors


@pytest.mark.parametrize("person", [0, -1, 10**12, 2**70])
async def test_a_person_who_does_not_exist_is_not_found(db: None, person: int) -> None:
    with pytest.raises(NotFound):
        await record(person, Event.WITHDRAWN)


async def test_a_no_always_works(anna: Client) -> None:
    await fetch_value("UPDATE person SET restricted_at = $2 WHERE id = $1 RETURNING id", anna.person, NOW)

    for event in (Event.WITHDRAWN, Event.REFUSED, Event.OBJECTED):
        assert await record(anna.person, event, channel="phone", wording_version=99)


async def test_nothing_can_be_confirmed_that_was_not_given(anna: Client) -> None:
    with pytest.raises(Invalid) as refused:
        await record(anna.person, Event.CONFIRMED)

    assert "event" in refused.value.errors


async def test_an_old_link_does_not_undo_a_withdrawal(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)
    await record(anna.person, Event.WITHDRAWN, now=NOW + timedelta(minutes=1))

    with pytest.raises(Invalid):
        await record(anna.person, Event.CONFIRMED, now=NOW + timedelta(minutes=2))


async def test_clicking_the_link_twice_does_no_harm(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)

    await record(anna.person, Event.CONFIRMED, now=NOW + timedelta(minutes=1))
    await record(anna.person, Event.CONFIRMED, now=NOW + timedelta(minutes=2))

    assert await allowed(anna)


async def test_either_a_person_or_an_address(anna: Client) -> None:
    with pytest.raises(Invalid):
        await record(anna.person, Event.WITHDRAWN, address=anna.email)
    with pytest.raises(Invalid):
        await record(None, Event.WITHDRAWN)
