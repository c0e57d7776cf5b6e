"""Several people at one talk: further persons of the customer, and colleagues."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from crm.customers.actions import add_person, create_organisation
from crm.customers.data import OrganisationData, PersonData
from crm.customers.history import history_of, history_of_person
from crm.customers.history_filters import HistoryWanted
from crm.database import execute, fetch, fetch_value
from crm.errors import Conflict, Invalid
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.correcting import correct_interaction
from crm.interactions.observations.linking import unlink_observation
from crm.interactions.tables import Channel, Direction
from crm.interactions.versions import versions_of
from crm.records.merging import Wish, merge_customers, undo_merge
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NOW = datetime(2026, 11, 23, 9, 0, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
async def people(cast: Cast, kitchen: int) -> tuple[int, int, int]:
    """Anna, Jonas and Maria at Größmann."""
    names = ("Anna Größmann", "Jonas Weber", "Maria Thoma")
    each = [PersonData(given_name=name.split()[0], family_name=name.split()[1]) for name in names]
    anna, jonas, maria = [await add_person(kitchen, one, by=cast.petra.id, now=LONG_AGO) for one in each]
    return anna, jonas, maria


async def log(cast: Cast, customer_id: int | None, **fields: Any) -> int:
    values = {"channel": Channel.VISIT, "direction": Direction.OUTBOUND, "text": "Aufmaß genommen.", **fields}
    return (await log_interaction(NewInteraction(customer_id=customer_id, **values), by=cast.petra.id, now=NOW)).id


async def there(contact: int) -> set[tuple[int | None, int | None]]:
    rows = await fetch("SELECT person, staff FROM contact_participant WHERE interaction = $1", contact)
    return {(row.person, row.staff) for row in rows}


async def test_further_persons_and_colleagues_are_kept_and_told(
    cast: Cast, kitchen: int, people: tuple[int, int, int]
) -> None:
    anna, jonas, maria = people
    contact = await log(
        cast, kitchen, person_id=anna, participant_ids=(anna, jonas, maria), colleague_ids=(cast.eva.id, cast.petra.id)
    )
    assert await there(contact) == {(jonas, None), (maria, None), (None, cast.eva.id)}, "nobody is there twice"
    line = (await history_of(kitchen)).entries[0]
    assert line.others.persons == ("Jonas Weber", "Maria Thoma")
    assert line.others.colleagues == (cast.eva.name,)


async def test_a_participants_own_history_has_the_contact_once(
    cast: Cast, kitchen: int, people: tuple[int, int, int]
) -> None:
    anna, jonas, maria = people
    contact = await log(cast, kitchen, person_id=anna, participant_ids=(jonas,))
    await log(cast, kitchen, person_id=maria)
    for person in (anna, jonas):
        assert [line.id for line in (await history_of_person(person)).entries] == [contact]
        filtered = await history_of(kitchen, wanted=HistoryWanted(person_id=person))
        assert [line.id for line in filtered.entries] == [contact]


async def test_a_stranger_a_restricted_person_and_who_has_left_are_refused(
    cast: Cast, kitchen: int, people: tuple[int, int, int]
) -> None:
    _anna, jonas, maria = people
    other = await create_organisation(OrganisationData(name="Berg GmbH"), by=cast.petra.id, now=LONG_AGO)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", maria, NOW)
    await execute("UPDATE staff SET deactivated_at = $2 WHERE id = $1", cast.eva.id, NOW)
    for customer, persons in ((other, (jonas,)), (kitchen, (jonas, maria))):
        with pytest.raises(Invalid) as refused:
            await log(cast, customer, participant_ids=persons, colleague_ids=(cast.eva.id,))
        assert set(refused.value.errors) == {"participant_ids", "colleague_ids"}


async def test_a_correction_keeps_who_was_there_before(cast: Cast, kitchen: int, people: tuple[int, int, int]) -> None:
    anna, jonas, maria = people
    contact = await log(cast, kitchen, person_id=anna, participant_ids=(jonas,))
    changes = {"participant_ids": [maria], "colleague_ids": [cast.eva.id]}
    assert await correct_interaction(contact, changes, 1, by=cast.petra.id, now=LATER) == 2
    assert await there(contact) == {(maria, None), (None, cast.eva.id)}
    (kept,) = await versions_of(contact)
    assert msgspec.json.decode(kept.fields)["participant_ids"] == [jonas]
    await correct_interaction(contact, {"person_id": maria}, 2, by=cast.petra.id, now=LATER)
    assert await there(contact) == {(None, cast.eva.id)}, "Maria is the main person now"
    with pytest.raises(Conflict) as both:
        await correct_interaction(contact, {"participant_ids": [jonas]}, 1, by=cast.petra.id, now=LATER)
    assert [{each.mine, each.theirs} for each in both.value.differences] == [{"–", "Jonas Weber"}]


async def test_a_restricted_participant_is_told_to_nobody_and_survives_a_correction(
    cast: Cast, kitchen: int, people: tuple[int, int, int], browser: Browser
) -> None:
    anna, jonas, maria = people
    contact = await log(cast, kitchen, person_id=anna, participant_ids=(jonas, maria))
    await correct_interaction(contact, {"text": "Anders."}, 1, by=cast.petra.id, now=LATER)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", maria, NOW)
    await browser.log_in(cast.petra)
    for path in (f"/interactions/{contact}", "/interactions", f"/customers/{kitchen}", f"/interactions/{contact}/edit"):
        answer = await browser.get(path)
        assert "Jonas Weber" in answer.text, path
        assert "Maria Thoma" not in answer.text, path
    told = (await browser.api("GET", f"/interactions/{contact}")).json()
    assert told["participant_ids"] == [jonas]
    assert told["earlier"][0]["fields"]["participant_ids"] == [jonas]
    await correct_interaction(contact, {"participant_ids": []}, 2, by=cast.petra.id, now=LATER)
    assert await there(contact) == {(maria, None)}, "what nobody could see is not changed by somebody"


async def test_when_a_link_is_taken_back_its_persons_were_not_there(
    cast: Cast, kitchen: int, people: tuple[int, int, int]
) -> None:
    contact = await log(cast, None, channel=Channel.REVIEW)
    await execute("UPDATE interaction SET customer = $2 WHERE id = $1", contact, kitchen)
    await execute("INSERT INTO contact_participant (interaction, person) VALUES ($1, $2)", contact, people[1])
    await unlink_observation(contact, by=cast.petra.id, now=LATER)
    assert await there(contact) == set()


async def test_merging_persons_moves_where_they_took_part(cast: Cast, kitchen: int) -> None:
    twin = await create_organisation(OrganisationData(name="Größmann Küchen"), by=cast.petra.id, now=LONG_AGO)
    jonas = PersonData(given_name="Jonas", family_name="Weber")
    old = await add_person(twin, jonas, by=cast.petra.id, now=LONG_AGO)
    new = await add_person(kitchen, jonas, by=cast.petra.id, now=LONG_AGO)
    contact = await log(cast, twin, participant_ids=(old,))
    merge = await merge_customers(Wish(kitchen, twin, persons=((old, new),)), by=cast.eva.id, now=LATER)
    assert await there(contact) == {(new, None)}
    assert [line.id for line in (await history_of_person(new)).entries if line.kind == "interaction"] == [contact]
    await undo_merge(merge, by=cast.eva.id, now=LATER)
    assert await there(contact) == {(old, None)}


async def test_the_form_folds_further_participants_away_and_saves_what_is_ticked(
    cast: Cast, kitchen: int, people: tuple[int, int, int], browser: Browser
) -> None:
    anna, jonas, maria = people
    await browser.log_in(cast.petra)
    form = (await browser.get(f"/interactions/new?customer={kitchen}")).text
    folded = form[form.index('class="composer-more others"') :]
    assert folded.index("<summary>Weitere Beteiligte") < folded.index("Jonas Weber")
    assert f'value="{cast.eva.id}"' in folded
    assert not folded.startswith('class="composer-more others" open')
    await browser.post(
        "/interactions",
        {
            "customer_id": kitchen, "person_id": anna, "channel": "visit", "direction": "outbound", "text": "Zu viert.",
            "participant_ids": [str(jonas), str(maria)], "colleague_ids": str(cast.eva.id),
        },
    )  # fmt: skip
    contact = await fetch_value("SELECT max(id) FROM interaction")
    assert await there(contact) == {(jonas, None), (maria, None), (None, cast.eva.id)}
    page = (await browser.get(f"/interactions/{contact}")).text
    assert "Jonas Weber, Maria Thoma" in page
    assert cast.eva.name in page
    edit = (await browser.get(f"/interactions/{contact}/edit")).text
    assert edit.count(" checked") >= 3
    await browser.post(
        f"/interactions/{contact}",
        {
            "at": "2026-11-23T10:00", "channel": "visit", "direction": "outbound", "text": "Zu viert.", "version": "1",
            "person_id": anna, "others_shown": "1", "participant_ids": str(jonas),
        },
    )  # fmt: skip
    assert await there(contact) == {(jonas, None)}


async def test_the_api_takes_and_answers_them(
    cast: Cast, kitchen: int, people: tuple[int, int, int], browser: Browser
) -> None:
    anna, jonas, _maria = people
    await browser.log_in(cast.petra)
    body = {
        "channel": "visit",
        "customer_id": kitchen,
        "person_id": anna,
        "participant_ids": [jonas],
        "colleague_ids": [cast.eva.id],
    }
    made = await browser.api("POST", "/interactions", body)
    contact = made.json()["id"]
    told = (await browser.api("GET", f"/interactions/{contact}")).json()
    assert (told["participant_ids"], told["colleague_ids"]) == ([jonas], [cast.eva.id])
    corrected = await browser.api("PATCH", f"/interactions/{contact}", {"colleague_ids": []})
    assert corrected.json()["colleague_ids"] == []
    assert corrected.json()["participant_ids"] == [jonas]
    refused = await browser.api("PATCH", f"/interactions/{contact}", {"participant_ids": [999_999]})
    assert refused.status_code == 422


async def test_a_lead_who_corrects_a_contact_of_somebody_else_stays_a_participant(
    cast: Cast, kitchen: int, people: tuple[int, int, int], browser: Browser
) -> None:
    contact = await log(cast, kitchen, colleague_ids=(cast.eva.id,))
    await browser.log_in(cast.eva)
    edit = (await browser.get(f"/interactions/{contact}/edit")).text
    own = edit[edit.index('class="composer-more others"') :]
    assert re.search(rf'name="colleague_ids" value="{cast.eva.id}" id="[^"]+" checked', own)
    assert f'name="colleague_ids" value="{cast.petra.id}"' not in own, "who wrote it is there anyway"


async def test_a_number_that_no_id_has_is_refused_and_nothing_is_lost(
    cast: Cast, kitchen: int, people: tuple[int, int, int], browser: Browser
) -> None:
    await browser.log_in(cast.petra)
    body = {
        "customer_id": kitchen,
        "channel": "visit",
        "direction": "outbound",
        "text": "Zu viert.",
        "participant_ids": "1" + "0" * 21,
    }
    answer = await browser.post("/interactions", body)
    assert answer.status_code == 422
    assert "Zu viert." in answer.text


async def test_the_one_person_who_took_part_is_still_offered_in_a_correction(
    cast: Cast, kitchen: int, people: tuple[int, int, int], browser: Browser
) -> None:
    anna, jonas, maria = people
    contact = await log(cast, kitchen, participant_ids=(jonas,))
    await execute("UPDATE person SET restricted_at = $2 WHERE id = ANY($1)", [anna, maria], NOW)
    await browser.log_in(cast.petra)
    edit = (await browser.get(f"/interactions/{contact}/edit")).text
    assert re.search(rf'name="participant_ids" value="{jonas}" id="[^"]+" checked', edit)
