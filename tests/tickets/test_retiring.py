"""New service levels, calendars and topics, and retiring them: nothing that is in use vanishes."""

from __future__ import annotations

import asyncio
import re

import msgspec
import pytest

from crm.customers.actions import service_level_id
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import Invalid, RuleBroken
from crm.interactions.topic_retiring import retire_topic
from crm.service_levels.creating import add_calendar, add_level
from crm.service_levels.versions import calendar_named, level_named
from crm.tickets.closing import close_ticket
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.repromising import change_level
from crm.tickets.retiring import (
    foresee_calendar_retirement,
    foresee_level_retirement,
    retire_calendar,
    retire_level,
)
from crm.tickets.topics.keeping import TopicData, add_topic, change_topic
from tests.browser import Browser
from tests.cast import introduce
from tests.tickets.conftest import NOW, Desk, furnish, value_of


async def id_of(table: str, code: str) -> int:
    return int(await fetch_value(f"SELECT id FROM {table} WHERE code = $1", code))


async def asked(desk: Desk, topic: str = "general") -> int:
    """Größmann (Gold) asks."""
    new = NewTicket(desk.groessmann, "Arbeitsplatte", "?", topic=topic)
    return (await open_ticket(new, by=desk.cast.ali.id, now=NOW)).id


async def test_what_is_open_gets_the_due_times_that_were_shown_and_what_is_over_keeps_its_own(desk: Desk) -> None:
    me, gold, basis = desk.cast.eva.id, await id_of("service_level", "gold"), await id_of("service_level", "basis")
    running, over = await asked(desk), await asked(desk)
    await close_ticket(over, "", by=desk.cast.ali.id, now=NOW)
    kept = await value_of(over, "solution_due_at")
    with pytest.raises(Invalid):
        await retire_level(gold, None, seen=None, by=me, now=NOW)
    shown = await foresee_level_retirement(gold, basis, now=NOW)
    assert shown.enquiries == 1
    assert {one.ticket_id for one in shown.moved} == {running}
    other = await retire_level(gold, basis, seen="something else", by=me, now=NOW)
    assert other is not None, "what was not seen does not happen"
    assert await retire_level(gold, basis, seen=shown.fingerprint, by=me, now=NOW) is None
    assert await value_of(running, "service_level") == basis
    after = {one.promise: one.after for one in shown.moved}
    assert {name: await value_of(running, f"{name}_due_at") for name in after} == after
    assert await value_of(over, "service_level") == gold
    assert await value_of(over, "solution_due_at") == kept
    assert await fetch_value("SELECT service_level FROM customer WHERE id = $1", desk.groessmann) == basis
    assert (await level_named(gold)).retired_at == NOW, "it can still be read"
    with pytest.raises(Invalid):
        await service_level_id("gold")
    with pytest.raises(RuleBroken):
        await change_level(gold, (await level_named(gold)).content, seen=None, by=me, now=NOW)
    with pytest.raises(RuleBroken):
        await retire_level(gold, basis, seen=None, by=me, now=NOW)


async def test_the_level_of_new_prospects_moves_too_and_the_last_one_stays(desk: Desk) -> None:
    me, gold, basis = desk.cast.eva.id, await id_of("service_level", "gold"), await id_of("service_level", "basis")
    await execute("UPDATE company SET prospect_service_level = 'gold'")
    for retired in ("gold", "silber", "silver"):
        found = await fetch_value("SELECT id FROM service_level WHERE code = $1", retired)
        if found is not None:
            await retire_level(found, basis, seen=None, by=me, now=NOW)
    prospects = await fetch_value("SELECT prospect_service_level FROM company")
    assert prospects in (None, "basis")
    with pytest.raises((Invalid, RuleBroken)):
        await retire_level(basis, None, seen=None, by=me, now=NOW)
    with pytest.raises(Invalid):
        await retire_level(basis, gold, seen=None, by=me, now=NOW)


async def test_a_calendar_is_replaced_for_all_its_service_levels(desk: Desk) -> None:
    me = desk.cast.eva.id
    own = await calendar_named(int(await fetch_value("SELECT min(id) FROM business_calendar")))
    early = msgspec.structs.replace(own.content, name="Frühschicht", hours=own.content.hours[1:])
    calendar_id = await add_calendar(early, by=me, now=NOW)
    calendar = await calendar_named(calendar_id)
    assert (calendar.version, calendar.content) == (1, early)
    gold = await level_named(await id_of("service_level", "gold"))
    moved = msgspec.structs.replace(gold.content, calendar=calendar.code)
    assert await change_level(gold.id, moved, seen=None, by=me, now=NOW) is None
    ticket = await asked(desk)
    with pytest.raises(Invalid):
        await retire_calendar(calendar_id, None, seen=None, by=me, now=NOW)
    with pytest.raises(RuleBroken):
        await retire_calendar(own.id, calendar_id, seen=None, by=me, now=NOW)
    shown = await foresee_calendar_retirement(calendar_id, own.id, now=NOW)
    assert await retire_calendar(calendar_id, own.id, seen=shown.fingerprint, by=me, now=NOW) is None
    after = {one.promise: one.after for one in shown.moved}
    assert after
    assert {name: await value_of(ticket, f"{name}_due_at") for name in after} == after
    assert (await level_named(gold.id)).content.calendar == own.code
    assert (await calendar_named(calendar_id)).retired_at == NOW


async def test_a_new_service_level_is_nobodys_and_has_a_name_of_its_own(desk: Desk) -> None:
    me, gold = desk.cast.eva.id, await level_named(await id_of("service_level", "gold"))
    content = msgspec.structs.replace(gold.content, name_de="Händler", name_en="Dealers")
    level = await level_named(await add_level(content, by=me, now=NOW))
    assert (level.code, level.version, level.content) == ("handler", 1, content)
    with pytest.raises(Invalid):
        await add_level(content, by=me, now=NOW)
    assert await retire_level(level.id, None, seen=None, by=me, now=NOW) is None, (
        "what nobody uses needs no replacement"
    )
    again = await level_named(await add_level(content, by=me, now=NOW))
    assert again.code == "handler-2"


async def test_a_topic_is_added_renamed_and_retired_with_a_replacement(desk: Desk) -> None:
    me = desk.cast.eva.id
    topic = await add_topic(TopicData("Montage", "Fitting", 1, 1), by=me, now=NOW)
    await change_topic(topic, TopicData("Aufbau", "Fitting", 2, 2), by=me, now=NOW)
    code = await fetch_value("SELECT code FROM topic WHERE id = $1", topic)
    running, over = await asked(desk, code), await asked(desk, code)
    await close_ticket(over, "", by=desk.cast.ali.id, now=NOW)
    await execute("INSERT INTO letter_box (name, topic) VALUES ('Aufbau', $1)", code)
    form = await fetch_value(
        "INSERT INTO web_form (code, name, kind, topics) VALUES ('aufbau', 'Aufbau', 'enquiry', $1) RETURNING id",
        f"{code},order",
    )
    general = await id_of("topic", "general")
    with pytest.raises(Invalid):
        await retire_topic(topic, None, by=me, now=NOW)
    with pytest.raises(RuleBroken):
        await retire_topic(general, topic, by=me, now=NOW)
    await retire_topic(topic, general, by=me, now=NOW)
    assert [await value_of(one, "topic") for one in (running, over)] == [general, topic]
    assert await fetch_value("SELECT topic FROM letter_box WHERE name = 'Aufbau'") == "general"
    changed = await fetch("SELECT topics, version FROM web_form WHERE id = $1", form)
    assert [tuple(row.values()) for row in changed] == [("general,order", 2)], "an open form knows that it was changed"
    told = await fetch("SELECT subject_id, actor_id FROM audit_entry WHERE action = 'ticket.changed'")
    assert [(row.subject_id, row.actor_id) for row in told] == [(running, me)]
    with pytest.raises(Invalid):
        await asked(desk, code)


async def test_two_topics_cannot_be_retired_into_each_other(own_database: str) -> None:
    desk = await furnish(await introduce())
    me = desk.cast.eva.id
    one, other = [await add_topic(TopicData(name, name, 1, 1), by=me, now=NOW) for name in ("Montage", "Aufbau")]
    ended = await asyncio.gather(
        retire_topic(one, other, by=me, now=NOW), retire_topic(other, one, by=me, now=NOW), return_exceptions=True
    )
    assert sorted(type(each) for each in ended if each is not None) == [Invalid]
    assert await fetch_value("SELECT count(*) FROM topic WHERE id IN ($1, $2) AND retired_at IS NULL", one, other) == 1


async def test_the_lead_adds_and_retires_on_screen(browser: Browser, desk: Desk) -> None:
    await asked(desk)
    await browser.log_in(desk.cast.eva)
    gold, basis = await id_of("service_level", "gold"), await id_of("service_level", "basis")
    form = (await browser.get(f"/service-levels/new?from={gold}")).text
    values = dict(re.findall(r'name="((?:target|pause|tell|escalate)_\w+)"[^>]*value="([^"]*)"', form))
    values |= {
        "name_de": "Platin",
        "calendar": (await level_named(gold)).content.calendar,
        "first_contact_level": "2",
        "warned_share": "75",
    }
    assert (await browser.post("/service-levels", {**values, "name_de": "Gold"})).status_code == 422
    assert (await browser.post("/service-levels", values)).status_code == 303
    assert "Platin" in (await browser.get("/service-levels")).text
    asking = (await browser.get(f"/service-levels/{gold}/retirement")).text
    assert "1 offene Anfrage" in asking
    where = f"/service-levels/{gold}/retirement"
    assert (await browser.post(where, {})).status_code == 422
    preview = await browser.post(where, {"replacement": str(basis)})
    assert preview.status_code == 200
    seen = re.search(r'name="seen" value="([^"]+)"', preview.text)
    assert seen is not None
    assert (await browser.post(where, {"replacement": str(basis), "seen": seen[1]})).status_code == 303
    row = await fetch_one("SELECT retired_at FROM service_level WHERE id = $1", gold)
    assert row is not None
    assert row.retired_at is not None
    assert "Außer Gebrauch" in (await browser.get("/service-levels")).text
    added = {"name_de": "Geräte", "level": "2", "first_contact_level": "1"}
    assert (await browser.post("/competences/topics/new", added)).status_code == 303
    topic = await fetch_value("SELECT id FROM topic WHERE name_de = 'Geräte'")
    assert "Geräte" in (await browser.get(f"/competences/topics/{topic}/edit")).text
    assert (await browser.post(f"/competences/topics/{topic}/retirement", {})).status_code == 303
    assert (await browser.get("/calendars/new")).status_code == 200


async def test_the_api_adds_and_retires_topics(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    made = await browser.api("POST", "/topics", json={"name_de": "Geräte", "level": 2, "first_contact_level": 1})
    assert made.status_code == 201, made.text
    number = made.json()["id"]
    changed = await browser.api("PUT", f"/topics/{number}", json={"name_de": "Elektrogeräte", "level": 2})
    assert changed.json()["name_de"] == "Elektrogeräte"
    retired = await browser.api("POST", f"/topics/{number}/retirement", json={})
    assert retired.json()["retired_at"]
    assert (await browser.api("POST", f"/topics/{number}/retirement", json={})).status_code == 422
    gold = await id_of("service_level", "gold")
    assert (await browser.api("POST", f"/service-levels/{gold}/retirement/preview", json={})).status_code in (
        200,
        400,
        422,
    )
    await browser.log_in(desk.cast.ali)
    assert (await browser.api("POST", "/topics", json={"name_de": "X"})).status_code == 403
