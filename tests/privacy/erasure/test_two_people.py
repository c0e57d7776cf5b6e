"""One prepares, another one approves: never the same, and never something else than what was looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from crm.database import execute, fetch_value
from crm.errors import Conflict, Invalid, RuleBroken
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.privacy.erasure.executing import erase_person
from crm.privacy.erasure.holds import lift_hold, place_hold
from crm.privacy.erasure.overview import erasure_for, overview_of
from crm.privacy.erasure.preparing import (
    approve_erasure,
    cancel_erasure,
    hand_back_erasure,
    prepare_erasure,
    submit_erasure,
)
from tests.attacks.conftest import House
from tests.privacy.erasure.conftest import NOW, approved, ask, close_enquiries, prepared, submitted


async def status(erasure: int) -> str:
    return str(await fetch_value("SELECT status FROM erasure WHERE id = $1", erasure))


async def he_calls_again(house: House) -> None:
    contact = NewInteraction(house.emre, Channel.PHONE, Direction.INBOUND, "Fragt nach.", house.emre_person)
    await log_interaction(contact, by=house.cast.ali.id, now=NOW)


async def test_who_prepared_it_cannot_approve_it(house: House, emre: int) -> None:
    erasure = await submitted(house, emre)
    row = await erasure_for(erasure)
    with pytest.raises(RuleBroken):
        await approve_erasure(row, row.fingerprint, by=house.cast.sven.id, now=NOW)
    assert await status(erasure) == "submitted"


async def test_not_even_the_database_lets_one_person_be_both(house: House, emre: int) -> None:
    erasure = await submitted(house, emre)
    with pytest.raises(Exception, match="erasure_by_two"):
        await execute("UPDATE erasure SET approved_by = prepared_by WHERE id = $1", erasure)


async def test_what_has_changed_before_the_approval_is_asked_anew(house: House, emre: int) -> None:
    erasure = await submitted(house, emre)
    row = await erasure_for(erasure)
    await he_calls_again(house)
    with pytest.raises(Conflict):
        await approve_erasure(row, row.fingerprint, by=house.cast.ines.id, now=NOW)
    assert await status(erasure) == "draft"
    told = "SELECT count(*) FROM notification WHERE kind = 'erasure_back' AND \"user\" = $1"
    assert await fetch_value(told, house.cast.sven.id) == 1


async def test_what_the_house_writes_about_its_own_work_changes_nothing(house: House, emre: int) -> None:
    erasure = await submitted(house, emre)
    row = await erasure_for(erasure)
    before = len((await overview_of(row, NOW)).rows)
    await notify(
        house.cast.sven.id,
        Kind.REQUEST_DUE,
        detail={"asked": "erasure", "on": "2026-12-28"},
        link=f"/privacy/requests/{emre}",
        now=NOW,
    )
    assert len((await overview_of(row, NOW)).rows) > before
    await approve_erasure(row, row.fingerprint, by=house.cast.ines.id, now=NOW)
    assert await status(erasure) == "approved"


async def test_what_has_changed_after_the_approval_is_not_erased(house: House, emre: int, tmp_path: Path) -> None:
    erasure = await approved(house, emre)
    await he_calls_again(house)
    assert not await erase_person(erasure, journal=tmp_path, now=NOW)
    assert await status(erasure) == "draft"
    assert await fetch_value("SELECT family_name FROM person WHERE id = $1", house.emre_person) == "Yıldız"


async def test_a_hold_stops_it_at_every_step(house: House, emre: int, tmp_path: Path) -> None:
    erasure = await approved(house, emre)
    hold = await place_hold(
        person_id=house.emre_person, customer_id=None, reason="Streit", until_on=None, by=house.cast.sven.id, now=NOW
    )
    assert not await erase_person(erasure, journal=tmp_path, now=NOW)
    assert await status(erasure) == "draft"
    row = await erasure_for(erasure)
    seen = (await overview_of(row, NOW)).fingerprint
    with pytest.raises(RuleBroken):
        await submit_erasure(row, seen, by=house.cast.sven.id, now=NOW)
    await lift_hold(hold, "Beigelegt", by=house.cast.sven.id, now=NOW)
    await submit_erasure(row, (await overview_of(row, NOW)).fingerprint, by=house.cast.sven.id, now=NOW)
    assert await status(erasure) == "submitted"


async def test_a_hold_ends_with_its_last_day(house: House, emre: int) -> None:
    until = (NOW + timedelta(days=10)).date()
    await place_hold(
        person_id=None, customer_id=house.emre, reason="Streit", until_on=until, by=house.cast.sven.id, now=NOW
    )
    row = await erasure_for(await prepare_erasure(emre, by=house.cast.sven.id, now=NOW))
    assert len((await overview_of(row, NOW + timedelta(days=9))).holds) == 1
    assert not (await overview_of(row, NOW + timedelta(days=12))).holds


async def test_a_hold_ends_by_the_companys_day(house: House) -> None:
    """Half past midnight in Berlin, still yesterday in Greenwich."""
    now, over = datetime(2026, 11, 27, 23, 30, tzinfo=UTC), date(2026, 11, 27)
    with pytest.raises(Invalid):
        await place_hold(
            person_id=house.anna, customer_id=None, reason="Streit", until_on=over, by=house.cast.sven.id, now=now
        )
    assert await place_hold(
        person_id=house.anna, customer_id=None, reason="Streit", until_on=date(2026, 11, 28), by=house.cast.sven.id, now=now
    )  # fmt: skip


async def test_open_enquiries_and_an_unknown_sender_stand_against_it(house: House) -> None:
    request = await ask(house.emre_person)
    row = await erasure_for(await prepared(house, request))
    with pytest.raises(RuleBroken, match="offen"):
        await submit_erasure(row, "", by=house.cast.sven.id, now=NOW)
    await execute("UPDATE ticket SET status = 'closed', closed_at = opened_at WHERE customer = $1", house.emre)
    await execute("UPDATE data_request SET identity = 'unchecked'")
    seen = (await overview_of(row, NOW)).fingerprint
    with pytest.raises(RuleBroken, match="wirklich die Person"):
        await submit_erasure(row, seen, by=house.cast.sven.id, now=NOW)


REVOKED = {
    "identity = 'failed'": "wirklich die Person",
    "kind = 'access'": "verlangt keine Löschung",
    "status = 'refused', settled_at = received_at": "wurde abgelehnt",
}


@pytest.mark.parametrize(("what", "said"), REVOKED.items())
async def test_a_request_that_does_not_ask_for_it_any_more_stops_it_at_every_step(
    house: House, emre: int, tmp_path: Path, what: str, said: str
) -> None:
    erasure = await submitted(house, emre)
    row = await erasure_for(erasure)
    before = "UPDATE data_request SET identity = 'confirmed', kind = 'erasure', status = 'in_progress', settled_at = NULL WHERE id = $1"
    await execute(f"UPDATE data_request SET {what} WHERE id = $1", emre)
    with pytest.raises(RuleBroken, match=said):
        await approve_erasure(row, row.fingerprint, by=house.cast.ines.id, now=NOW)
    await execute(before, emre)
    await approve_erasure(row, row.fingerprint, by=house.cast.ines.id, now=NOW)
    await execute(f"UPDATE data_request SET {what} WHERE id = $1", emre)
    assert not await erase_person(erasure, journal=tmp_path, now=NOW)
    assert await status(erasure) == "draft"
    assert await fetch_value("SELECT family_name FROM person WHERE id = $1", house.emre_person) == "Yıldız"


async def test_an_open_enquiry_of_their_company_stands_against_it(house: House) -> None:
    row = await erasure_for(await prepared(house, await ask(house.anna)))
    with pytest.raises(RuleBroken, match="offen"):
        await submit_erasure(row, (await overview_of(row, NOW)).fingerprint, by=house.cast.sven.id, now=NOW)
    assert await fetch_value("SELECT subject FROM ticket WHERE id = $1", house.ticket) == "Wo bleibt sie?"


async def test_an_enquiry_that_is_opened_again_after_the_approval_stops_it(house: House, tmp_path: Path) -> None:
    await close_enquiries(house.groessmann)
    erasure = await approved(house, await ask(house.anna))
    await execute("UPDATE ticket SET status = 'open', closed_at = NULL WHERE id = $1", house.ticket)
    assert not await erase_person(erasure, journal=tmp_path, now=NOW)
    assert await status(erasure) == "draft"
    assert await fetch_value("SELECT subject FROM ticket WHERE id = $1", house.ticket) == "Wo bleibt sie?"


async def test_handing_back_and_giving_up(house: House, emre: int) -> None:
    erasure = await submitted(house, emre)
    await hand_back_erasure(await erasure_for(erasure), "Noch den Vertrag prüfen", by=house.cast.ines.id, now=NOW)
    assert await status(erasure) == "draft"
    assert await prepare_erasure(emre, by=house.cast.sven.id, now=NOW) == erasure
    await cancel_erasure(await erasure_for(erasure), by=house.cast.sven.id, now=NOW)
    assert await prepare_erasure(emre, by=house.cast.sven.id, now=NOW) != erasure
