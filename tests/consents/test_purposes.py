"""Purposes and wordings: defined by the officer, never rewritten once people have relied on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm.catalogues import PURPOSES
from crm.consents.gate import permission_for
from crm.consents.purpose_rules import SHIPPED, PurposeData, mistakes_in, rewriting
from crm.consents.purposes import add_wording, change_purpose, define_purpose, retire_purpose, reuse_purpose
from crm.consents.queries import agreed_by_version, purpose_named, wordings
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.consents.tables import LegalBasis
from crm.database import fetch, fetch_value
from crm.errors import Conflict, Invalid, RuleBroken
from crm.profiles.starting import PURPOSES as PROFILE_PURPOSES
from tests.browser import Browser
from tests.cast import Cast
from tests.consents.conftest import NOW, Client
from tests.consents.test_recording import record


def data(**fields: Any) -> PurposeData:
    """A magazine by e-mail, unless told otherwise."""
    values: dict[str, Any] = {
        "name_de": "Magazin", "name_en": "Magazine", "legal_basis": LegalBasis.CONSENT, "channels": ("email",), "is_advertising": True,
        "needs_confirmation": True, "retention_months": 24, "consent_months": None, "position": 20, **fields,
    }  # fmt: skip
    return PurposeData(**values)


async def magazine(cast: Cast, **fields: Any) -> None:
    await define_purpose("magazine", data(**fields), "Ich möchte das Magazin.", "I want it.", by=cast.sven.id, now=NOW)


def test_what_ships_is_what_the_program_asks_for() -> None:
    assert {one[0] for one in (*PURPOSES, *PROFILE_PURPOSES)} == SHIPPED


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"channels": ()}, "channels"),
        ({"legal_basis": LegalBasis.CONTRACT}, "legal_basis"),
        ({"legal_basis": LegalBasis.LEGITIMATE_INTEREST}, "legal_basis"),
        ({"needs_confirmation": False}, "needs_confirmation"),
        ({"legal_basis": LegalBasis.LEGAL_DUTY, "is_advertising": False, "consent_months": 12}, "consent_months"),
    ],
)
def test_what_the_law_forbids_is_refused_beside_its_field(fields: dict[str, Any], field: str) -> None:
    assert list(mistakes_in(data(**fields))) == [field]


def test_letters_may_advertise_on_legitimate_interest() -> None:
    letter = data(legal_basis=LegalBasis.LEGITIMATE_INTEREST, channels=("letter",), needs_confirmation=False)

    assert mistakes_in(letter) == {}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"legal_basis": LegalBasis.LEGITIMATE_INTEREST}, "legal_basis"), ({"is_advertising": False}, "is_advertising"),
        ({"needs_confirmation": False}, "needs_confirmation"), ({"channels": ("letter",)}, "channels"),
    ],
)  # fmt: skip
def test_what_people_said_goes_on_meaning_the_same(change: dict[str, Any], field: str) -> None:
    refused = rewriting(data(), data(**change), used={"email"}, is_shipped=False)

    assert list(refused) == [field]
    assert rewriting(data(), data(**change), used=(), is_shipped=False) == {}


def test_names_times_and_further_channels_can_always_change() -> None:
    new = data(name_de="Heft", retention_months=None, consent_months=12, position=1, channels=("email", "letter"))

    assert rewriting(data(), new, used={"email"}, is_shipped=True) == {}


async def test_a_purpose_begins_with_its_wording(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        await define_purpose("magazine", data(), "", "I want it.", by=cast.sven.id, now=NOW)
    assert list(refused.value.errors) == ["wording_de"]

    await magazine(cast)

    assert [(row.version, row.language) for row in await wordings("magazine")] == [(1, "de"), (1, "en")]
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'purpose.added'") == 1


async def test_the_same_code_twice_is_refused(cast: Cast) -> None:
    await magazine(cast)
    with pytest.raises(Invalid, match="schon einen Zweck"):
        await magazine(cast)


async def test_two_who_change_a_purpose_at_once_are_told(cast: Cast) -> None:
    await magazine(cast)
    await change_purpose("magazine", data(name_de="Heft"), 1, by=cast.sven.id, now=NOW)

    with pytest.raises(Conflict) as told:
        await change_purpose("magazine", data(name_de="Zeitschrift"), 1, by=cast.sven.id, now=NOW)

    assert [(one.mine, one.theirs) for one in told.value.differences] in (
        [("Heft", "Zeitschrift")],
        [("Zeitschrift", "Heft")],
    )


async def test_a_purpose_with_events_keeps_its_meaning(cast: Cast, anna: Client) -> None:
    await magazine(cast)
    await record(anna.person, Event.GIVEN, purpose="magazine")

    with pytest.raises(Invalid) as refused:
        await change_purpose(
            "magazine",
            data(channels=("letter",), is_advertising=False, legal_basis=LegalBasis.CONTRACT),
            1,
            by=cast.sven.id,
            now=NOW,
        )

    assert set(refused.value.errors) == {"channels", "is_advertising", "legal_basis"}
    row = await purpose_named("magazine")
    assert row is not None
    assert (row.channels, row.legal_basis, row.version) == ("email", "consent", 1)


async def test_a_new_wording_leaves_the_old_one_and_who_agreed_to_it(cast: Cast, anna: Client, studio: Client) -> None:
    await magazine(cast)
    await record(anna.person, Event.GIVEN, purpose="magazine")
    await record(anna.person, Event.GIVEN, purpose="magazine", now=NOW + timedelta(minutes=1))

    assert await add_wording("magazine", "Ich möchte das Heft.", "I want the paper.", by=cast.sven.id, now=NOW) == 2
    await record(studio.person, Event.GIVEN, purpose="magazine", wording_version=2, now=NOW + timedelta(minutes=2))

    assert await agreed_by_version("magazine") == {("magazine", 1): 1, ("magazine", 2): 1}
    assert [row.text for row in await wordings("magazine") if row.language == "de"] == [
        "Ich möchte das Heft.", "Ich möchte das Magazin.",
    ]  # fmt: skip
    with pytest.raises(Invalid, match="gilt schon"):
        await add_wording("magazine", "Ich möchte das Heft.", "I want the paper.", by=cast.sven.id, now=NOW)


async def test_a_retired_purpose_takes_no_yes_and_lets_nothing_out_but_a_no_works(cast: Cast, anna: Client) -> None:
    await magazine(cast)
    await record(anna.person, Event.GIVEN, purpose="magazine", source=Source.PAPER)
    await retire_purpose("magazine", by=cast.sven.id, now=NOW)

    with pytest.raises(Invalid, match="stillgelegt"):
        await record(anna.person, Event.GIVEN, purpose="magazine")
    answer = await permission_for(person_id=anna.person, purpose="magazine", channel="email", now=NOW)
    await record(anna.person, Event.WITHDRAWN, purpose="magazine", now=NOW + timedelta(minutes=1))

    assert (answer.allowed, answer.code) == (False, "purpose_retired")
    await reuse_purpose("magazine", by=cast.sven.id, now=NOW)
    answer = await permission_for(
        person_id=anna.person, purpose="magazine", channel="email", now=NOW + timedelta(minutes=2)
    )
    assert answer.code == "consent_withdrawn"


@pytest.mark.parametrize("code", sorted(SHIPPED))
async def test_what_ships_cannot_be_retired(cast: Cast, code: str) -> None:
    with pytest.raises(RuleBroken):
        await retire_purpose(code, by=cast.sven.id, now=NOW)


FORM = {
    "name_de": "Magazin", "name_en": "Magazine", "legal_basis": "consent", "channels": "email", "is_advertising": "1",
    "needs_confirmation": "1", "retention_months": "2", "retention_months_unit": "years", "consent_months": "",
    "position": "9", "wording_de": "Ich möchte das Magazin.", "wording_en": "I want the magazine.",
}  # fmt: skip


async def test_sven_defines_a_purpose_and_gives_it_a_new_wording(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.sven)

    added = await browser.post("/consents/purposes", {**FORM, "submission_id": "a"})
    again = await browser.post("/consents/purposes", {**FORM, "submission_id": "a"})
    shown = await browser.get("/consents/purposes/magazine")
    worded = await browser.post(
        "/consents/purposes/magazine/wordings", {"wording_de": "Neu, bitte.", "wording_en": "New, please."}
    )
    newer = await browser.get("/consents/purposes/magazine")

    assert added.headers["location"] == again.headers["location"] == "/consents/purposes/magazine?done=defined"
    assert "Ich möchte das Magazin." in shown.text
    assert "2 Jahre" in shown.text
    assert worded.status_code == 303
    assert newer.text.index("Neu, bitte.") < newer.text.index("Ich möchte das Magazin.")
    assert "Magazin" in (await browser.get("/consents/purposes")).text


async def test_mistakes_come_back_beside_their_fields_with_what_was_typed(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.sven)

    answer = await browser.post(
        "/consents/purposes", {**FORM, "needs_confirmation": "", "wording_en": "", "name_de": "Ein \x00Magazin"}
    )

    assert answer.status_code == 422
    assert "Ich möchte das Magazin." in answer.text
    assert "BGH I ZR 164/09" in answer.text
    assert await purpose_named("magazine") is None


async def test_a_change_that_would_rewrite_history_says_why(browser: Browser, cast: Cast, anna: Client) -> None:
    await record(anna.person, Event.GIVEN)
    await browser.log_in(cast.sven)
    row = await purpose_named("newsletter")
    assert row is not None

    answer = await browser.post(
        "/consents/purposes/newsletter",
        {**FORM, "version": str(row.version), "channels": "letter", "name_de": "Rundbrief"},
    )

    assert answer.status_code == 422
    assert "Im Protokoll stehen Einträge" in answer.text
    assert "Rundbrief" in answer.text


@pytest.mark.parametrize("name", ["petra", "ines", "eva"])
async def test_only_the_officer_defines_purposes(browser: Browser, cast: Cast, name: str) -> None:
    await browser.log_in(getattr(cast, name))

    assert (await browser.get("/consents/purposes")).status_code == 200
    assert '/consents/purposes/new"' not in (await browser.get("/consents/purposes")).text
    for path in ("/consents/purposes", "/consents/purposes/newsletter", "/consents/purposes/newsletter/wordings"):
        assert (await browser.post(path, FORM)).status_code == 403
    assert (await browser.get("/consents/purposes/nothing")).status_code == 404


async def test_changes_are_told_in_the_audit_trail(browser: Browser, cast: Cast) -> None:
    await magazine(cast)
    await change_purpose("magazine", data(channels=("email", "letter"), consent_months=12), 1, by=cast.sven.id, now=NOW)
    await add_wording("magazine", "Neu", "New", by=cast.sven.id, now=NOW)
    await browser.log_in(cast.sven)

    shown = await browser.get("/audit")

    assert shown.status_code == 200
    assert "hat einen Zweck geändert" in shown.text
    assert len(await fetch("SELECT 1 FROM audit_entry WHERE subject_kind = 'purpose'")) == 3
