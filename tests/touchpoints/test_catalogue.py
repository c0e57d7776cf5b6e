"""The catalogue is kept: touchpoints and phases are added, changed, put in order, retired and taken into use again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.customers.queries import journey_of
from crm.customers.tables import Customer
from crm.database import execute, fetch, fetch_value
from crm.interactions.observations.observing import usual_touchpoint
from crm.interactions.queries import choices, touchpoint_choices
from crm.interactions.tables import Channel, Interaction
from crm.touchpoints.catalogue.queries import phase_for, touchpoint_for
from crm.touchpoints.catalogue.retiring import retire_touchpoint, use_touchpoint
from crm.touchpoints.catalogue.rules import descendants, is_untended, placed_after, stepped, would_descend
from crm.touchpoints.queries import catalogue
from tests.browser import Browser
from tests.cast import Cast

NOW = datetime(2026, 3, 18, 10, tzinfo=UTC)
TYPED = {
    "name_de": "Kundenportal", "name_en": "Customer portal", "phase": "retention", "is_direct": "0", "department": "Service",
    "importance": "4", "target": "4,3", "state": "planned", "channel_web": "1", "after": "",
}  # fmt: skip


async def words(action: str) -> list[str]:
    rows = await fetch(
        "SELECT p.fields::text AS fields FROM audit_entry e LEFT JOIN audit_payload p ON p.id = e.payload_id WHERE e.action = $1 "
        "ORDER BY e.id",
        action,
    )
    return [row.fields or "" for row in rows]


async def order_of(phase: str) -> list[str]:
    rows = await fetch(
        "SELECT t.code FROM touchpoint t JOIN phase p ON p.id = t.phase WHERE p.code = $1 AND t.state <> 'retired' "
        "ORDER BY t.position, t.id",
        phase,
    )
    return [row.code for row in rows]


async def offered() -> set[str]:
    return {code for _phase, group in await touchpoint_choices() for code, _name in group}


def form_of(text: str, **changes: Any) -> dict[str, Any]:
    """The version and the fields of an edit form, changed."""
    version = text.split('name="version" value="')[1].split('"')[0]
    return {**TYPED, "version": version, **changes}


async def test_a_lead_plans_a_touchpoint_and_takes_it_into_use(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    sent = {**TYPED, "responsible": cast.jonas.id, "submission_id": "once"}
    for _n in range(2):  # a double click
        answer = await browser.post("/touchpoints", sent)
        assert (answer.status_code, answer.headers["location"]) == (303, "/touchpoints/kundenportal?done=created")
    row = (await touchpoint_for("kundenportal")).row
    assert (row.state, row.phase, row.channels, str(row.target), row.responsible) == (
        "planned", "retention", "web", "4.30", cast.jonas.id,
    )  # fmt: skip
    assert (await order_of("retention"))[-1] == "kundenportal"
    assert "kundenportal" not in await offered()
    await browser.post("/touchpoints/kundenportal/use")
    assert "kundenportal" in await offered()
    assert len(await words("touchpoint.created")) == 1
    assert len(await words("touchpoint.activated")) == 1


async def test_nobody_but_those_who_keep_catalogues_may(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    assert (await browser.get("/touchpoints/hotline")).status_code == 200
    for path in ("/touchpoints/new", "/touchpoints/order", "/touchpoints/phases", "/touchpoints/hotline/edit"):
        assert (await browser.get(path)).status_code in (403, 404)
    for path in ("/touchpoints", "/touchpoints/hotline/retirement", "/touchpoints/phases/action/retirement"):
        assert (await browser.post(path, TYPED)).status_code in (403, 404)
    assert "/touchpoints/hotline/edit" not in (await browser.get("/touchpoints/hotline")).text


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    wrong = {
        **TYPED, "name_de": "x" * 300, "target": "7", "importance": "9", "phase": "nowhere", "responsible": str(2**62),
        "department": "Abteilung",
    }  # fmt: skip
    answer = await browser.post("/touchpoints", wrong)
    assert answer.status_code == 422
    assert "300 Zeichen" in answer.text
    assert "Bitte geben Sie eine Zahl von 1 bis 5 ein" in answer.text
    assert 'value="Abteilung"' in answer.text
    answer = await browser.post(
        "/touchpoints", {**TYPED, "phase": "nowhere", "name_de": "hotline", "responsible": "999999"}
    )
    assert "Eine Phase mit diesem Kürzel gibt es nicht." in answer.text
    assert "Einen Kontaktpunkt mit diesem Namen gibt es schon." in answer.text
    assert "Wählen Sie jemanden, der hier arbeitet." in answer.text


@pytest.mark.parametrize("target", ["", "NaN", "-Infinity", "1e99999999", "0,99", "5.01", "vier", "\x00", "4,2,2"])
async def test_a_target_is_a_number_from_one_to_five(browser: Browser, cast: Cast, target: str) -> None:
    await browser.log_in(cast.eva)
    assert (await browser.post("/touchpoints", {**TYPED, "target": target})).status_code == 422


@pytest.mark.parametrize("name", ["لوحة الخدمة", "🛠️ Werkstatt 🚲", "<b>Fett</b>", "new", "💬"])
async def test_any_writing_is_a_name(browser: Browser, cast: Cast, name: str) -> None:
    await browser.log_in(cast.eva)
    answer = await browser.post("/touchpoints", {**TYPED, "name_de": name, "name_en": "", "state": "active"})
    assert answer.status_code == 303
    page = await browser.get(answer.headers["location"])
    assert page.status_code == 200
    assert name.replace("<", "&lt;").replace(">", "&gt;") in page.text
    assert (await browser.get("/touchpoints")).status_code == 200


async def test_two_tabs_see_both_versions(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    await browser.post("/touchpoints", TYPED)
    form = (await browser.get("/touchpoints/kundenportal/edit")).text
    assert (await browser.post("/touchpoints/kundenportal", form_of(form, name_de="Portal"))).status_code == 303
    second = await browser.post("/touchpoints/kundenportal", form_of(form, name_de="Mein Bereich", phase="action"))
    assert second.status_code == 409
    assert "Mein Bereich" in second.text
    assert "Aktion" in second.text
    row = (await touchpoint_for("kundenportal")).row
    assert (row.name_de, row.version) == ("Portal", 2)
    assert "Portal" in (await words("touchpoint.changed"))[0]


async def test_the_same_again_is_no_change(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    await browser.post("/touchpoints", TYPED)
    form = (await browser.get("/touchpoints/kundenportal/edit")).text
    await browser.post("/touchpoints/kundenportal", form_of(form))
    assert (await touchpoint_for("kundenportal")).row.version == 1
    assert await words("touchpoint.changed") == []


async def test_none_becomes_part_of_its_own_part(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    await browser.post("/touchpoints", {**TYPED, "name_de": "Warteschleife", "parent": "hotline"})
    await browser.post("/touchpoints", {**TYPED, "name_de": "Ansage", "parent": "warteschleife"})
    form = (await browser.get("/touchpoints/hotline/edit")).text
    parents = form.split('name="parent"')[1].split("</select>")[0]
    assert 'value="invoice"' in parents
    assert all(f'value="{code}"' not in parents for code in ("hotline", "warteschleife", "ansage"))
    for code in ("hotline", "warteschleife", "ansage"):
        answer = await browser.post(
            "/touchpoints/hotline", form_of(form, name_de="Hotline", parent=code, state="active")
        )
        assert answer.status_code == 422
        assert "kann nicht Teil von sich selbst" in answer.text
    page = await browser.get("/touchpoints/hotline")
    assert "Warteschleife" in page.text.split("<aside")[1]


async def test_retired_is_no_longer_offered_and_contacts_keep_it(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    hotline = await fetch_value("SELECT id FROM touchpoint WHERE code = 'hotline'")
    contact = await Interaction(channel="phone", direction="inbound", touchpoint=hotline, at=datetime.now(UTC)).save()
    ask = await browser.get("/touchpoints/hotline/retirement")
    assert "Service per E-Mail" in ask.text
    answer = await browser.post("/touchpoints/hotline/retirement", {"replacement": "email_service"})
    assert answer.status_code == 303
    told = await browser.get(answer.headers["location"])
    assert "Rückgängig" in told.text
    assert "hotline" not in await offered()
    assert await fetch_value("SELECT touchpoint FROM interaction WHERE id = $1", contact[0]["id"]) == hotline
    page = await browser.get("/touchpoints/hotline")
    assert "/touchpoints/email_service" in page.text
    assert "/interactions/new?touchpoint=hotline" not in page.text
    listed = await browser.get("/touchpoints")
    assert "Ein stillgelegter Kontaktpunkt" in listed.text
    edit = await browser.post("/touchpoints/hotline", {**TYPED, "version": "2"})
    assert edit.status_code == 422
    assert "stillgelegt" in edit.text
    await browser.post("/touchpoints/hotline/use")
    row = (await touchpoint_for("hotline")).row
    assert (row.state, row.replacement, row.retired_at) == ("active", "", None)
    assert "hotline" in await offered()


@pytest.mark.parametrize("replacement", ["hotline", "nowhere", "kundenportal", "\x00", "x" * 500])
async def test_only_another_one_in_use_takes_its_place(browser: Browser, cast: Cast, replacement: str) -> None:
    await browser.log_in(cast.eva)
    await browser.post("/touchpoints", TYPED)  # planned
    answer = await browser.post("/touchpoints/hotline/retirement", {"replacement": replacement})
    state = (await touchpoint_for("hotline")).row.state
    if replacement == "\x00":  # nothing was named
        assert (answer.status_code, state) == (303, "retired")
    else:
        assert (answer.status_code, state) == (422, "active")


async def test_what_was_proposed_at_the_old_place_is_proposed_at_the_new_one(cast: Cast) -> None:
    await retire_touchpoint("order_status", "hotline", by=cast.eva.id, now=NOW)
    found = await choices(cast.petra.id)
    assert [one.touchpoint for one in found.reasons if one.code == "waiting_for_delivery"] == ["hotline"]
    await retire_touchpoint("review_portal", "website", by=cast.eva.id, now=NOW)
    assert await usual_touchpoint(Channel.REVIEW) == "website"
    await use_touchpoint("review_portal", by=cast.eva.id, now=NOW)
    assert await usual_touchpoint(Channel.REVIEW) == "review_portal"


async def test_renamed_in_the_middle_of_a_month_it_keeps_its_contacts(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    now = datetime.now(UTC)
    hotline = await fetch_value("SELECT id FROM touchpoint WHERE code = 'hotline'")
    await execute("DELETE FROM interaction")
    await Interaction(channel="phone", direction="inbound", touchpoint=hotline, at=now - timedelta(days=1)).save()
    form = (await browser.get("/touchpoints/hotline/edit")).text
    answer = await browser.post("/touchpoints/hotline", form_of(form, name_de="Servicetelefon", state="active"))
    assert answer.status_code == 303
    await Interaction(channel="phone", direction="inbound", touchpoint=hotline, at=now).save()
    line = next(line for phase in await catalogue(now + timedelta(1)) for line in phase.lines if line.contacts)
    assert (line.row.code, line.row.name_de, line.contacts) == ("hotline", "Servicetelefon", 2)


async def test_what_takes_a_place_is_followed_when_it_is_replaced_itself(cast: Cast) -> None:
    await retire_touchpoint("review_portal", "website", by=cast.eva.id, now=NOW)
    await retire_touchpoint("website", "advert", by=cast.eva.id, now=NOW)
    assert await usual_touchpoint(Channel.REVIEW) == "advert"
    assert (await touchpoint_for("review_portal")).row.replacement == "advert"


async def test_a_retired_touchpoint_of_which_it_is_part_stays_chosen(browser: Browser, cast: Cast) -> None:
    await execute(
        "UPDATE touchpoint SET parent = (SELECT id FROM touchpoint WHERE code = 'website') WHERE code = 'hotline'"
    )
    await retire_touchpoint("website", "", by=cast.eva.id, now=NOW)
    await browser.log_in(cast.eva)
    text = (await browser.get("/touchpoints/hotline/edit")).text
    assert re.search(r'value="website"\s+selected', text)
    row = (await touchpoint_for("hotline")).row
    typed = {"name_de": row.name_de, "name_en": row.name_en, "phase": row.phase, "parent": "website", "state": "active"}
    assert (await browser.post("/touchpoints/hotline", form_of(text, **typed))).status_code == 303
    assert (await touchpoint_for("hotline")).row.parent == "website"


async def test_retired_in_the_middle_of_a_month_it_stays_in_the_figures(cast: Cast) -> None:
    hotline = await fetch_value("SELECT id FROM touchpoint WHERE code = 'hotline'")
    await execute("DELETE FROM interaction")
    await Interaction(
        channel="phone", direction="inbound", touchpoint=hotline, at=NOW - timedelta(days=10), impression=4
    ).save()
    await retire_touchpoint("hotline", "", by=cast.eva.id, now=NOW)
    lines = {line.row.code: line for phase in await catalogue(NOW + timedelta(days=3)) for line in phase.lines}
    assert lines["hotline"].contacts == 1
    assert "hotline" not in {
        line.row.code for phase in await catalogue(NOW + timedelta(days=200)) for line in phase.lines
    }


async def test_the_catalogue_warns_of_those_nobody_tends(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    await execute("UPDATE touchpoint SET responsible = $1", cast.jonas.id)
    assert "kümmert sich niemand" not in (await browser.get("/touchpoints")).text
    await execute("UPDATE touchpoint SET responsible = NULL WHERE code IN ('fair', 'advert')")
    await execute("UPDATE touchpoint SET state = 'planned' WHERE code = 'advert'")
    page = (await browser.get("/touchpoints")).text
    assert "Um einen Kontaktpunkt, der in Gebrauch ist, kümmert sich niemand:" in page
    await execute("UPDATE staff SET deactivated_at = now() WHERE id = $1", cast.jonas.id)
    one = (await browser.get("/touchpoints/hotline")).text
    assert f"{cast.jonas.name} ist dafür verantwortlich, arbeitet aber nicht mehr hier." in one
    form = (await browser.get("/touchpoints/hotline/edit")).text
    assert f"{cast.jonas.name} (nicht mehr hier)" in form


async def test_whoever_leaves_is_said_to_tend_touchpoints(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    assert (
        "für einen Kontaktpunkt verantwortlich" not in (await browser.get(f"/users/{cast.jonas.id}/deactivation")).text
    )
    await execute("UPDATE touchpoint SET responsible = $1 WHERE code IN ('hotline', 'fair')", cast.jonas.id)
    await execute("UPDATE touchpoint SET state = 'retired' WHERE code = 'fair'")
    page = (await browser.get(f"/users/{cast.jonas.id}/deactivation")).text
    assert f"{cast.jonas.name} ist für einen Kontaktpunkt verantwortlich." in page
    assert "/touchpoints/hotline" in page


async def test_touchpoints_move_within_their_phase(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    assert (await order_of("action"))[:3] == ["sales_visit", "web_shop", "order_entry"]
    await browser.post("/touchpoints/web_shop/place", {"step": "-1"})
    assert (await order_of("action"))[:3] == ["web_shop", "sales_visit", "order_entry"]
    await browser.post("/touchpoints/web_shop/place", {"step": "-1"})  # at the top already
    assert (await order_of("action"))[:3] == ["web_shop", "sales_visit", "order_entry"]
    page = await browser.get("/touchpoints/order")
    assert page.text.index('id="place-web_shop"') < page.text.index('id="place-sales_visit"')
    assert int(page.headers["x-sql-statements"]) <= 8
    assert len(await words("phase.ordered")) == 1


async def test_a_form_puts_it_after_another_one_or_first(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    await browser.post("/touchpoints", {**TYPED, "after": "invoice"})
    assert (await order_of("retention"))[:2] == ["invoice", "kundenportal"]
    form = (await browser.get("/touchpoints/kundenportal/edit")).text
    await browser.post("/touchpoints/kundenportal", form_of(form, after="-"))
    assert (await order_of("retention"))[:2] == ["kundenportal", "invoice"]
    await browser.post("/touchpoints/kundenportal", form_of(form, phase="action"))
    assert (await order_of("action"))[-1] == "kundenportal"


async def test_phases_have_stages_and_an_order(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    answer = await browser.post("/touchpoints/phases", {"name_de": "Empfehlung", "stage": "after"})
    assert answer.status_code == 303
    assert [phase.code for phase in await catalogue(NOW)][-1] == "empfehlung"
    listed = await browser.get("/touchpoints/phases")
    assert "nach dem Kauf" in listed.text
    await browser.post("/touchpoints/phases/empfehlung/place", {"step": "-1"})
    assert [phase.code for phase in await catalogue(NOW)][-2:] == ["empfehlung", "retention"]
    form = (await browser.get("/touchpoints/phases/empfehlung/edit")).text
    version = form.split('name="version" value="')[1].split('"')[0]
    first = {"name_de": "Weiterempfehlung", "stage": "during", "version": version}
    assert (await browser.post("/touchpoints/phases/empfehlung", first)).status_code == 303
    second = await browser.post("/touchpoints/phases/empfehlung", {**first, "name_de": "Lob"})
    assert second.status_code == 409
    assert (await phase_for("empfehlung")).stage == "during"


async def test_a_phase_with_touchpoints_cannot_be_retired(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    answer = await browser.post("/touchpoints/phases/action/retirement")
    assert answer.status_code == 422
    assert "In dieser Phase liegen 6 Kontaktpunkte." in answer.text
    await browser.post("/touchpoints/phases", {"name_de": "Leer", "stage": "before"})
    assert "leer" in dict((await choices(cast.eva.id)).phases) or "Leer" in (await browser.get("/touchpoints")).text
    again = await browser.post("/touchpoints/phases", {"name_de": "Ganz leer", "name_en": "LEER", "stage": "before"})
    assert again.status_code == 422
    assert "Eine Phase mit diesem Namen gibt es schon." in again.text
    await browser.post("/touchpoints/phases/leer/retirement")
    assert "leer" not in [phase.code for phase in await catalogue(NOW)]
    assert "leer" not in dict((await choices(cast.eva.id)).phases)
    assert (await browser.post("/touchpoints", {**TYPED, "phase": "leer"})).status_code == 422
    await browser.post("/touchpoints/phases/leer/return")
    assert "leer" in [phase.code for phase in await catalogue(NOW)]


async def test_a_retired_phase_stays_where_a_customer_was(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    level = await fetch_value("SELECT id FROM service_level WHERE code = 'basis'")

    async def customer(name: str, place: str) -> int:
        who = Customer(number=f"R-{name}", kind="organisation", name=name, service_level=level, created_at=NOW)
        await who.save()
        await execute("INSERT INTO customer_figures (customer) VALUES ($1) ON CONFLICT DO NOTHING", who.id)
        there = await fetch_value("SELECT id FROM touchpoint WHERE code = $1", place)
        await Interaction(
            customer=who.id, channel="fair", direction="inbound", touchpoint=there, at=NOW, impression=4
        ).save()
        return int(who.id)

    early, late = await customer("Früh", "fair"), await customer("Spät", "hotline")
    await execute(
        "UPDATE touchpoint SET state = 'retired' WHERE phase = (SELECT id FROM phase WHERE code = 'activation')"
    )
    assert (await browser.post("/touchpoints/phases/activation/retirement")).status_code == 303
    assert (await journey_of(early))[0].phases == ["Aktivierung", "Information", "Aktion", "Kundenbindung"]
    assert (await journey_of(late))[0].phases == ["Information", "Aktion", "Kundenbindung"]
    for path in (f"/customers/{early}", f"/customers/{late}", "/touchpoints", "/touchpoints/fair"):
        assert (await browser.get(path)).status_code == 200


async def test_two_hundred_touchpoints_are_still_a_page(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    await execute(
        "INSERT INTO touchpoint (code, name_de, name_en, phase, position, state, importance, target) "
        "SELECT 'many' || n, 'Kontaktpunkt mit einem recht langen Namen ' || n, 'Many ' || n, p.id, 100 + n, 'active', 3, 4 "
        "FROM generate_series(1, 200) n JOIN phase p ON p.position = n % 4"
    )
    for path in ("/touchpoints", "/touchpoints/order", "/touchpoints/many7/edit", "/touchpoints/many7/retirement"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert int(page.headers["x-sql-statements"]) <= 8
        assert "many200" in page.text


def test_who_is_untended() -> None:
    assert is_untended("active", None, None)
    assert is_untended("active", 3, NOW)
    assert not is_untended("active", 3, None)
    assert not is_untended("planned", None, None)
    assert not is_untended("retired", None, None)


def test_descent_is_seen_through_others_and_rings_end() -> None:
    parents = {1: None, 2: 1, 3: 2, 4: 5, 5: 4}
    assert would_descend(1, 3, parents)
    assert would_descend(1, 1, parents)
    assert not would_descend(3, 1, parents)
    assert not would_descend(1, 4, parents)
    assert descendants(1, parents) == {2, 3}


@given(st.lists(st.integers(0, 30), unique=True, min_size=1), st.data())
def test_an_order_keeps_all_and_moves_one(order: list[int], data: st.DataObject) -> None:
    moved = data.draw(st.sampled_from(order))
    after = data.draw(st.none() | st.sampled_from(order) | st.just(99))
    found = placed_after(order, moved, after)
    assert sorted(found) == sorted(order)
    assert [one for one in found if one != moved] == [one for one in order if one != moved]
    if after is None:
        assert found[0] == moved
    elif after == 99:
        assert found[-1] == moved
    codes = [str(one) for one in order]
    step = data.draw(st.integers(-40, 40))
    gone = stepped(codes, str(moved), step)
    assert gone.index(str(moved)) == max(0, min(len(codes) - 1, codes.index(str(moved)) + step))
