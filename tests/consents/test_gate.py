"""The gate: the decision with literals, and the facts that it is asked with."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.consents.gate import permission_for
from crm.consents.ledger import State, Status
from crm.consents.many import decisions_for
from crm.consents.rules import Facts, PurposeFacts, decide
from crm.consents.sentences import REASONS, reason
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.consents.tables import LegalBasis
from crm.database import Statements, counted, execute
from crm.errors import NotFound
from crm.web.i18n import speaking
from tests.cast import Cast
from tests.consents.conftest import NOW, Client
from tests.consents.test_recording import record


def purpose(basis: LegalBasis, channels: str = "email,phone,letter") -> PurposeFacts:
    return PurposeFacts("x", basis, True, True, frozenset(channels.split(",")))


def answer(
    basis: LegalBasis, channel: str = "email", status: Status = Status.NONE, **more: bool
) -> tuple[bool, str, str]:
    decision = decide(Facts(purpose(basis), channel, State(status, NOW, 1), **more))
    return decision.allowed, decision.basis, decision.code


@pytest.mark.parametrize("status", [s for s in Status if s != Status.GIVEN])
def test_only_consent_given_lets_advertising_out_by_email(status: Status) -> None:
    assert answer(LegalBasis.CONSENT, status=Status.GIVEN) == (True, "consent", "consent_given")
    assert answer(LegalBasis.CONSENT, status=status) == (False, "", f"consent_{status.value}")


def test_letters_may_go_out_until_somebody_says_no() -> None:
    assert answer(LegalBasis.CONSENT, "letter") == (True, "legitimate_interest", "legitimate_interest_letter")
    assert answer(LegalBasis.CONSENT, "letter", Status.OBJECTED) == (False, "", "consent_objected")


def test_contract_and_legal_duty_need_no_consent() -> None:
    assert answer(LegalBasis.CONTRACT, status=Status.WITHDRAWN)[0]
    assert answer(LegalBasis.LEGAL_DUTY)[0]


def test_legitimate_interest_ends_with_an_objection() -> None:
    assert answer(LegalBasis.LEGITIMATE_INTEREST)[0]
    assert not answer(LegalBasis.LEGITIMATE_INTEREST, status=Status.OBJECTED)[0]


def test_internal_messages_go_to_our_own_staff_only() -> None:
    assert answer(LegalBasis.INTERNAL, is_own_staff=True) == (True, "internal", "internal_staff")
    assert answer(LegalBasis.INTERNAL) == (False, "", "internal_stranger")


def test_restriction_stops_everything_but_legal_duty() -> None:
    for basis in (LegalBasis.CONSENT, LegalBasis.CONTRACT, LegalBasis.LEGITIMATE_INTEREST):
        assert answer(basis, status=Status.GIVEN, is_restricted=True) == (False, "", "restricted")
    assert answer(LegalBasis.LEGAL_DUTY, is_restricted=True)[0]


def test_a_channel_that_the_purpose_does_not_have_is_refused() -> None:
    assert decide(Facts(purpose(LegalBasis.CONTRACT, "email"), "phone")).code == "channel_not_foreseen"


def test_without_a_purpose_nothing_goes_out() -> None:
    assert not decide(Facts(None, "email")).allowed


@pytest.mark.parametrize("code", list(REASONS))
@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_reason_is_a_sentence_in_both_languages(code: str, lang: str) -> None:
    params = {"purpose": "newsletter", "channel": "email", "since": NOW.isoformat(), "wording_version": 3}

    with speaking(lang):
        sentence = reason(code, params, {"de": "Newsletter", "en": "Newsletter"})

    assert sentence.endswith(".")
    assert "%" not in sentence


async def test_the_gate_asks_one_statement(anna: Client) -> None:
    statements = Statements()
    token = counted.set(statements)
    await permission_for(person_id=anna.person, address=anna.email, purpose="newsletter", channel="email", now=NOW)
    counted.reset(token)

    assert len(statements) == 1


async def test_whoever_shares_the_address_can_say_no_for_it(studio: Client, anna: Client) -> None:
    await execute(
        "INSERT INTO email_address (person, address, position) VALUES ($1, 'emre@YILDIZ.example', 1)", anna.person
    )
    await record(studio.person, Event.GIVEN, source=Source.PAPER)
    await record(anna.person, Event.REFUSED)

    by_address = await permission_for(address="Emre@yildiz.example", purpose="newsletter", channel="email", now=NOW)

    assert by_address.code == "consent_refused"


async def test_what_was_said_for_the_address_counts_for_the_person(anna: Client) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER)
    await record(None, Event.WITHDRAWN, address=anna.email, now=NOW + timedelta(minutes=1))

    later = await permission_for(
        person_id=anna.person, purpose="newsletter", channel="email", now=NOW + timedelta(hours=1)
    )

    assert later.code == "consent_withdrawn"


async def test_the_answer_holds_for_its_moment(anna: Client) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=NOW + timedelta(hours=1))

    before = await permission_for(person_id=anna.person, purpose="newsletter", channel="email", now=NOW)
    after = await permission_for(
        person_id=anna.person, purpose="newsletter", channel="email", now=NOW + timedelta(hours=2)
    )

    assert (before.allowed, after.allowed) == (False, True)


async def test_a_restricted_customer_gets_no_reply(anna: Client) -> None:
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", anna.customer, NOW)

    answer = await permission_for(address=anna.email, purpose="service", channel="email", now=NOW)

    assert answer.code == "restricted"


async def test_who_left_the_company_gets_no_internal_mail(cast: Cast) -> None:
    cast.ali.deactivated_at = NOW
    await cast.ali.save()

    assert not (await permission_for(address=cast.ali.email, purpose="account", channel="email", now=NOW)).allowed


async def test_the_reason_is_told_in_the_readers_language(anna: Client) -> None:
    with speaking("de"):
        german = await permission_for(person_id=anna.person, purpose="newsletter", channel="email", now=NOW)
    with speaking("en"):
        english = await permission_for(person_id=anna.person, purpose="newsletter", channel="email", now=NOW)

    assert german.because == "Für „Newsletter“ per E-Mail liegt keine Einwilligung vor."
    assert english.because == "There is no consent for “Newsletter” by e-mail."


async def test_who_was_erased_agrees_to_nothing_and_gets_nothing(anna: Client) -> None:
    """The empty row that is left of them is nobody; a no may always be written."""
    await execute("UPDATE person SET erased_at = $2 WHERE id = $1", anna.person, NOW - timedelta(days=1))

    with pytest.raises(NotFound):
        await record(anna.person, Event.GIVEN, source=Source.PAPER)
    assert await record(anna.person, Event.OBJECTED)

    async def may(purpose: str, channel: str = "letter") -> str:
        return (await permission_for(person_id=anna.person, purpose=purpose, channel=channel, now=NOW)).code

    assert await may("offers") == "unknown_person"
    assert await may("contract") == "unknown_person"
    assert await may("privacy", "email") == "legal_duty"
    [decision] = await decisions_for([(anna.person, None)], purpose="offers", channel="letter", now=NOW)
    assert decision.code == "unknown_person"
