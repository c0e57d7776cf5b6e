"""What people see and do on their preference page, and where staff find it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from crm.accounts.company import signing_secret
from crm.consents.gate import permission_for
from crm.consents.preference_links import VALID_FOR, Named, Way, make_link, read_token, token_of
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.privacy.preferences.asking import send_new_links
from crm.privacy.preferences.choosing import MOST_A_DAY
from tests.browser import Browser
from tests.cast import Cast
from tests.consents.conftest import Client
from tests.consents.test_recording import record

NOW = datetime.now(UTC).replace(microsecond=0)


async def mailed(client: Client, now: datetime = NOW) -> str:
    return await make_link(client.person, client.email, way=Way.MAILED, now=now)


async def may(client: Client, purpose: str = "newsletter", channel: str = "email") -> str:
    answer = await permission_for(
        person_id=client.person, address=client.email if channel == "email" else None, purpose=purpose, channel=channel,
        now=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip
    return answer.code


def test_a_link_carries_nothing_about_a_person_and_cannot_be_changed() -> None:
    token = token_of(Named(Way.MAILED, 12, 2500, 3), b"secret")

    assert re.fullmatch(r"m12-2500-3-[a-z2-7]{26}", token)
    assert read_token(token, b"secret") == Named(Way.MAILED, 12, 2500, 3)
    assert read_token(token, b"another") is None
    for changed in (
        token.replace("m12", "m13"),
        token.replace("m12", "h12"),
        token.replace("-2500-", "-2501-"),
        token + "a",
    ):
        assert read_token(changed, b"secret") is None


async def test_the_page_shows_what_holds_and_sets_no_cookie(browser: Browser, anna: Client) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=NOW)

    answer = await browser.client.get(await mailed(anna))

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text
    for words in (
        "Newsletter",
        "Sie haben am",
        "Größmann",
        "Anna@Groessmann.example",
        "jederzeit widerrufen",
        "Keine Werbung mehr",
    ):
        assert words in answer.text, words


async def test_the_page_takes_few_statements(browser: Browser, anna: Client) -> None:
    link = await mailed(anna)
    await browser.client.get(link)
    answer = await browser.client.get(link)

    assert int(answer.headers["x-sql-statements"]) <= 8


async def test_it_speaks_the_persons_language_and_the_other_on_demand(browser: Browser, anna: Client) -> None:
    await execute("UPDATE person SET language = 'en' WHERE id = $1", anna.person)
    link = await mailed(anna)

    assert '<html lang="en"' in (await browser.client.get(link)).text
    german = await browser.client.get(f"{link}?lang=de")
    assert '<html lang="de"' in german.text
    assert "Ihre Einstellungen" in german.text
    assert '<html lang="en"' in (await browser.client.get(f"{link}?lang=xx")).text


async def test_a_yes_over_a_mailed_link_counts_at_once(browser: Browser, anna: Client) -> None:
    """Whoever opens a link that was mailed to the address has shown that the mailbox is theirs."""
    link = await mailed(anna)

    answer = await browser.client.post(f"{link}/consents", data={"purpose": "newsletter", "channel": "email"})

    assert answer.status_code == 303
    assert await may(anna) == "consent_given"
    [event] = await fetch(
        "SELECT e.event, e.source, e.wording_version, y.fields ->> 'mailbox' AS mailbox FROM consent_event e "
        "JOIN consent_payload y ON y.id = e.payload_id"
    )
    assert (event.event, event.source, event.wording_version, event.mailbox) == (
        "given", "preference_page", 1, "Anna@Groessmann.example".replace("A", "a").replace("G", "g"),
    )  # fmt: skip


async def test_a_yes_over_a_link_that_was_handed_on_waits_for_its_confirmation(browser: Browser, anna: Client) -> None:
    link = await make_link(anna.person, anna.email, way=Way.BY_HAND, now=NOW)

    answer = await browser.client.post(f"{link}/consents", data={"purpose": "newsletter", "channel": "email"})

    assert "done=waits" in answer.headers["location"]
    assert await may(anna) == "consent_pending"


async def test_who_is_told_to_confirm_gets_the_mail_at_the_address_they_agreed_for(
    browser: Browser, anna: Client
) -> None:
    """Her first address is confirmed already: that one needs no mail, the other one does."""
    await browser.client.post(f"{await mailed(anna)}/consents", data={"purpose": "newsletter", "channel": "email"})
    await execute(
        "INSERT INTO email_address (person, address, position) VALUES ($1, 'privat@anna.example', 5)", anna.person
    )
    link = await make_link(anna.person, "privat@anna.example", way=Way.BY_HAND, now=NOW)

    answer = await browser.client.post(f"{link}/consents", data={"purpose": "newsletter", "channel": "email"})

    assert "done=waits" in answer.headers["location"]
    asked = await fetch("SELECT to_address FROM outbox_message WHERE purpose = 'confirmation'")
    assert [row.to_address for row in asked] == ["privat@anna.example"]


async def test_agreeing_twice_is_agreeing_once(browser: Browser, anna: Client) -> None:
    link = await mailed(anna)
    for _again in range(3):
        await browser.client.post(f"{link}/consents", data={"purpose": "offers", "channel": "phone"})

    assert await fetch_value("SELECT count(*) FROM consent_event") == 1
    assert await may(anna, "offers", "phone") == "consent_given"


async def test_nobody_fills_the_ledger_but_a_no_is_always_taken(browser: Browser, anna: Client) -> None:
    link = await mailed(anna)
    for _again in range(MOST_A_DAY):
        for part in ("consents", "refusals"):
            await browser.client.post(f"{link}/{part}", data={"purpose": "offers", "channel": "phone"})
    for _again in range(3):
        await browser.client.post(f"{link}/refusals", data={"purpose": "newsletter", "channel": "email"})

    one_more = await browser.client.post(f"{link}/consents", data={"purpose": "offers", "channel": "phone"})

    assert one_more.status_code == 429
    assert await may(anna) == "consent_objected"


@pytest.mark.parametrize(
    ("purpose", "channel"),
    [("newsletter", "phone"), ("service", "email"), ("nix", "email"), ("", ""), ("\x00", "\x00")],
)
async def test_only_what_is_offered_can_be_agreed_to(
    browser: Browser, anna: Client, purpose: str, channel: str
) -> None:
    answer = await browser.client.post(f"{await mailed(anna)}/consents", data={"purpose": purpose, "channel": channel})

    assert answer.status_code == 422
    assert await fetch_value("SELECT count(*) FROM consent_event") == 0


async def test_all_consents_are_taken_back_at_once(browser: Browser, anna: Client) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=NOW)
    await record(anna.person, Event.GIVEN, source=Source.PAPER, purpose="survey", now=NOW)

    await browser.client.post(f"{await mailed(anna)}/refusals", data={"what": "all"})

    assert (await may(anna), await may(anna, "survey")) == ("consent_withdrawn", "consent_withdrawn")


async def test_an_objection_ends_all_advertising_on_every_channel(browser: Browser, anna: Client) -> None:
    """GDPR Art. 21 (2) and (3): letters too, which need no consent."""
    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=NOW)
    assert await may(anna, "offers", "letter") == "legitimate_interest_letter"

    await browser.client.post(f"{await mailed(anna)}/refusals", data={"what": "advertising"})

    for purpose, channel in (("newsletter", "email"), ("offers", "email"), ("offers", "phone"), ("offers", "letter")):
        assert await may(anna, purpose, channel) == "consent_objected"
    assert await may(anna, "service") == "contract"


async def test_an_old_link_shows_nothing_and_still_says_no(browser: Browser, anna: Client) -> None:
    old = await mailed(anna, NOW - VALID_FOR - timedelta(days=2))

    page = await browser.client.get(old)
    refused = await browser.client.post(f"{old}/consents", data={"purpose": "newsletter", "channel": "email"})
    await browser.client.post(f"{old}/refusals", data={"what": "advertising"})

    for answer in (page, refused):
        assert "Dieser Link ist alt" in answer.text
        assert "Größmann" not in answer.text
        assert "roessmann" not in answer.text
    assert await may(anna) == "consent_objected"


async def test_a_link_to_an_address_that_is_somebody_elses_now_shows_nothing(browser: Browser, anna: Client) -> None:
    link = await mailed(anna)
    await execute("UPDATE email_address SET address = 'neu@groessmann.example' WHERE person = $1", anna.person)

    assert "Größmann" not in (await browser.client.get(link)).text


async def test_the_language_of_letters_is_chosen_here(browser: Browser, anna: Client) -> None:
    answer = await browser.client.post(f"{await mailed(anna)}/language", data={"language": "en"})

    assert answer.status_code == 303
    assert await fetch_value("SELECT language FROM person WHERE id = $1", anna.person) == "en"
    assert (await browser.client.post(f"{await mailed(anna)}/language", data={"language": "tlh"})).status_code == 422


@pytest.mark.parametrize("kind", ["access", "erasure", "portability", "restriction"])
async def test_a_right_becomes_a_request_at_the_desk(browser: Browser, anna: Client, kind: str) -> None:
    link = await mailed(anna)
    for _double_click in range(2):
        assert (await browser.client.post(f"{link}/requests", data={"kind": kind, "text": ""})).status_code == 303

    [row] = await fetch("SELECT kind, source, person, customer, requester_address FROM data_request")
    assert (row.kind, row.source, row.person, row.customer) == (kind, "page", anna.person, anna.customer)
    assert row.requester_address.lower() == anna.email.lower()


async def test_a_correction_needs_words_and_keeps_what_was_typed(browser: Browser, anna: Client) -> None:
    link = await mailed(anna)

    empty = await browser.client.post(f"{link}/requests", data={"kind": "rectification", "text": "  "})
    unknown = await browser.client.post(f"{link}/requests", data={"kind": "nix", "text": "Ich heiße <b>Anna</b>"})
    await browser.client.post(f"{link}/requests", data={"kind": "rectification", "text": "Ich heiße jetzt Kern."})

    assert empty.status_code == 422
    assert "was falsch ist" in empty.text
    assert unknown.status_code == 422
    assert "Ich heiße &lt;b&gt;Anna" in unknown.text
    assert await fetch_value("SELECT text FROM data_request") == "Ich heiße jetzt Kern."


async def test_many_requests_of_a_day_are_too_many(browser: Browser, anna: Client) -> None:
    link = await mailed(anna)
    answers = [
        (await browser.client.post(f"{link}/requests", data={"kind": "access", "text": str(n)})).status_code
        for n in range(6)
    ]

    assert answers == [303] * 5 + [429]


async def test_an_address_without_a_person_has_its_page(browser: Browser, studio: Client) -> None:
    link = await make_link(None, "info@yildiz.example", way=Way.MAILED, now=NOW)

    page = await browser.client.get(link)
    await browser.client.post(f"{link}/consents", data={"purpose": "newsletter", "channel": "email"})

    assert "info@yildiz.example" in page.text
    assert "Emre" not in page.text
    answer = await permission_for(
        address="info@yildiz.example", purpose="newsletter", channel="email", now=datetime.now(UTC) + timedelta(days=1)
    )
    assert answer.code == "consent_given"


async def test_asking_for_a_link_answers_the_same_for_everybody(browser: Browser, anna: Client) -> None:
    known = await browser.client.post("/preferences", data={"email": anna.email})
    unknown = await browser.client.post("/preferences", data={"email": "niemand@x.example"})

    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert known.status_code == 200
    rows = await fetch("SELECT to_address, purpose, status, text FROM outbox_message")
    assert [(row.to_address.lower(), row.purpose, row.status) for row in rows] == [
        (anna.email.lower(), "privacy", "queued")
    ]
    path = re.search(r"/preferences/m[\w-]+", rows[0].text)
    assert path is not None
    assert "Größmann" in (await browser.client.get(path[0])).text


async def test_asking_again_and_again_is_slowed_down(browser: Browser, anna: Client) -> None:
    answers = [(await browser.client.post("/preferences", data={"email": anna.email})).status_code for _n in range(7)]

    assert answers[:5] == [200] * 5
    assert 429 in answers


async def test_an_address_that_is_none_is_told(browser: Browser, anna: Client) -> None:
    answer = await browser.client.post("/preferences", data={"email": "anna"})

    assert answer.status_code == 422
    assert 'value="anna"' in answer.text


async def test_people_who_share_an_address_get_a_link_each(anna: Client, studio: Client) -> None:
    await execute("INSERT INTO email_address (person, address, position) VALUES ($1, $2, 1)", studio.person, anna.email)

    assert await send_new_links(anna.email.upper(), "de", now=NOW) == 2


_LINKS = "SELECT count(*) FROM audit_entry WHERE action = 'preference_link.made'"


async def test_staff_send_the_link_and_hand_it_on(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.ali)
    page = await browser.get(f"/persons/{anna.person}/preferences")
    assert page.status_code == 200
    assert "/preferences/h" not in page.text
    assert 'for="f-address">Empfänger' in page.text
    assert await fetch_value(_LINKS) == 0, "who looks at the page makes no link"
    made = await browser.post(f"/persons/{anna.person}/preferences/links", {})
    assert re.search(r"/preferences/h[\w-]+", made.text) is not None
    assert await fetch_value(_LINKS) == 1
    sent = await browser.post(
        f"/persons/{anna.person}/preferences/mails", {"address": anna.email, "submission_id": "x1"}
    )
    again = await browser.post(
        f"/persons/{anna.person}/preferences/mails", {"address": anna.email, "submission_id": "x1"}
    )
    wrong = await browser.post(f"/persons/{anna.person}/preferences/mails", {"address": "wer@x.example"})

    assert [sent.status_code, again.status_code, wrong.status_code] == [303, 303, 422]
    row = await fetch_one("SELECT count(*) AS n, max(purpose) AS purpose FROM outbox_message")
    assert row is not None
    assert (row.n, row.purpose) == (1, "privacy")
    api = await browser.api("POST", f"/persons/{anna.person}/preference-links")
    assert api.status_code == 201
    assert "/preferences/h" in api.json()["url"]


async def test_whose_data_are_restricted_has_no_link_for_staff(browser: Browser, cast: Cast, anna: Client) -> None:
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", anna.person, NOW)
    await browser.log_in(cast.ali)

    assert (await browser.get(f"/persons/{anna.person}/preferences")).status_code == 404
    assert (await browser.api("POST", f"/persons/{anna.person}/preference-links")).status_code == 404


async def test_the_secret_is_the_companys(anna: Client) -> None:
    token = (await mailed(anna)).rpartition("/")[2]

    assert read_token(token, await signing_secret()) is not None
