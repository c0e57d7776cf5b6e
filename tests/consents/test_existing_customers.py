"""Advertising to existing customers by e-mail (UWG § 7 (3)): four conditions, each decided and shown on its own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.consents.gate import permission_for
from crm.consents.ledger import State, Status
from crm.consents.many import decisions_for
from crm.consents.may_contact import may_contact
from crm.consents.origins import NewOrigin, addresses_of, record_origin, take_back_origin
from crm.consents.rules import CONDITIONS, Facts, Origin, PurposeFacts, decide, existing_customer
from crm.consents.sentences import conditions
from crm.consents.tables import CHANNELS, LegalBasis
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.database import execute, fetch_value
from crm.errors import Invalid
from crm.web.i18n import speaking
from tests.cast import Cast
from tests.consents.conftest import NOW, Client
from tests.consents.test_recording import record

TODAY = date(2026, 11, 23)
BOUGHT = Origin("A-1", date(2026, 3, 2), date(2026, 3, 2))
OFFERS = PurposeFacts("offers", LegalBasis.CONSENT, True, True, frozenset(CHANNELS), is_own_similar=True)
LATER = NOW + timedelta(hours=1)


async def order_of(client: Client, number: str = "A-2026-7", status: str = "ordered") -> int:
    return int(
        await fetch_value(
            "INSERT INTO customer_order (customer, number, ordered_on, amount, currency, channel, status, created_at, version) "
            "VALUES ($1, $2, '2026-03-02', 4200, 'EUR', '', $3, $4, 1) RETURNING id",
            client.customer, number, status, NOW,
        )
    )  # fmt: skip


async def bought(client: Client, cast: Cast, *, told: bool = True) -> int:
    await execute("UPDATE purpose SET is_own_similar = true WHERE code = 'offers'")
    order = await order_of(client)
    origin = NewOrigin(
        client.email, order, TODAY if told else None, "Im Bestellformular, über dem Knopf" if told else ""
    )
    return await record_origin(client.customer, origin, by=cast.ali.id, now=NOW, today=TODAY)


async def asked(client: Client, channel: str = "email", purpose: str = "offers") -> tuple[bool, str]:
    answer = await permission_for(
        person_id=client.person, address=client.email, purpose=purpose, channel=channel, now=LATER
    )
    return answer.allowed, answer.code


def test_with_all_four_conditions_an_existing_customer_may_get_advertising() -> None:
    decision = decide(Facts(OFFERS, "email", origins=(BOUGHT,)))

    assert (decision.allowed, decision.basis) == (True, "existing_customer")
    assert decision.params["conditions"] == dict.fromkeys(CONDITIONS, True)


@pytest.mark.parametrize(
    ("missing", "facts"),
    [
        ("from_sale", Facts(OFFERS, "email", origins=(Origin("", None, date(2026, 3, 2)),))),
        ("own_similar", Facts(PurposeFacts("offers", LegalBasis.CONSENT, True, True, frozenset(CHANNELS)), "email", origins=(BOUGHT,))),
        ("no_objection", Facts(OFFERS, "email", State(Status.OBJECTED, NOW), origins=(BOUGHT,))),
        ("no_objection", Facts(OFFERS, "email", State(Status.WITHDRAWN, NOW), origins=(BOUGHT,))),
        ("told", Facts(OFFERS, "email", origins=(Origin("A-1", date(2026, 3, 2)),))),
    ],
)  # fmt: skip
def test_each_condition_alone_can_say_no(missing: str, facts: Facts) -> None:
    decision = decide(facts)

    assert not decision.allowed
    assert [code for code, met in decision.params["conditions"].items() if not met] == [missing]


def test_of_several_addresses_each_must_have_come_with_a_sale() -> None:
    assert not decide(Facts(OFFERS, "email", origins=(BOUGHT, Origin()))).allowed


@pytest.mark.parametrize("channel", ["phone", "letter"])
def test_it_is_a_basis_for_mail_alone(channel: str) -> None:
    assert decide(Facts(OFFERS, channel, origins=(BOUGHT,))).basis != "existing_customer"


def test_it_is_no_basis_for_what_is_no_advertising() -> None:
    data = PurposeFacts("profiling", LegalBasis.CONSENT, False, False, frozenset({"email"}), is_own_similar=True)

    assert decide(Facts(data, "email", origins=(BOUGHT,))).code == "consent_none"


facts_of_all_kinds = st.builds(
    Facts,
    purpose=st.none() | st.builds(
        PurposeFacts, st.just("x"), st.sampled_from(LegalBasis), st.booleans(), st.booleans(),
        st.frozensets(st.sampled_from([*CHANNELS, "processing"])), st.booleans(), st.booleans(),
    ),
    channel=st.sampled_from([*CHANNELS, "processing", "pigeon"]),
    state=st.builds(State, st.sampled_from(Status), st.just(NOW)),
    is_known=st.booleans(), is_restricted=st.booleans(), is_own_staff=st.booleans(),
    origins=st.lists(
        st.builds(Origin, st.sampled_from(["", "A-1"]), st.just(date(2026, 3, 2)), st.none() | st.just(date(2026, 3, 2)))
    ).map(tuple),
)  # fmt: skip


@given(facts_of_all_kinds)
def test_there_is_no_yes_without_a_basis_and_no_no_with_one(facts: Facts) -> None:
    decision = decide(facts)

    assert decision.allowed is bool(decision.basis)
    if not decision.allowed:
        return
    assert facts.purpose is not None
    assert facts.is_known
    assert facts.channel in facts.purpose.channels
    assert not facts.purpose.is_retired
    assert not facts.is_restricted or decision.basis in ("legal_duty", "internal")
    refused = facts.state.status in (Status.REFUSED, Status.WITHDRAWN, Status.OBJECTED)
    match decision.basis:
        case "consent":
            assert facts.state.status == Status.GIVEN
        case "existing_customer":
            assert facts.channel == "email"
            assert facts.purpose.is_advertising
            assert all(existing_customer(facts).values())
        case "legitimate_interest":
            assert not refused
            assert facts.purpose.legal_basis == LegalBasis.LEGITIMATE_INTEREST or facts.channel == "letter"
        case "internal":
            assert facts.is_own_staff
        case basis:
            assert basis == facts.purpose.legal_basis


async def test_a_purchase_on_record_is_a_basis_until_somebody_objects(cast: Cast, anna: Client) -> None:
    assert await asked(anna) == (False, "consent_none")
    await bought(anna, cast)

    assert await asked(anna) == (True, "existing_customer")
    assert await asked(anna, "phone") == (False, "consent_none")
    assert await asked(anna, purpose="newsletter") == (False, "consent_none")

    await record(anna.person, Event.OBJECTED, purpose="offers")
    assert await asked(anna) == (False, "consent_objected")


async def test_who_was_not_told_of_the_right_to_object_gets_none(cast: Cast, anna: Client) -> None:
    await bought(anna, cast, told=False)

    assert await asked(anna) == (False, "consent_none")


async def test_an_order_that_was_called_off_was_no_sale(cast: Cast, anna: Client) -> None:
    await bought(anna, cast)
    await execute("UPDATE customer_order SET status = 'cancelled'")

    assert await asked(anna) == (False, "consent_none")


async def test_it_is_the_address_that_counts_and_no_other_of_the_person(cast: Cast, anna: Client) -> None:
    await bought(anna, cast)
    await execute(
        "INSERT INTO email_address (person, address, position) VALUES ($1, 'neu@groessmann.example', 1)", anna.person
    )

    other = await permission_for(address="neu@groessmann.example", purpose="offers", channel="email", now=LATER)
    whole = await permission_for(person_id=anna.person, purpose="offers", channel="email", now=LATER)

    assert await asked(anna) == (True, "existing_customer")
    assert (other.allowed, whole.allowed) == (False, False)


async def test_many_at_once_are_answered_alike(cast: Cast, anna: Client, studio: Client) -> None:
    await bought(anna, cast)
    await record(studio.person, Event.GIVEN, source=Source.PAPER, purpose="offers")
    subjects = [
        (anna.person, anna.email), (None, anna.email), (anna.person, None), (studio.person, studio.email), (None, "info@yildiz.example"),
        (None, "nobody@x.example"), (999_999, None),
    ]  # fmt: skip
    for channel in CHANNELS:
        many = await decisions_for(subjects, purpose="offers", channel=channel, now=LATER)
        for (person, address), decision in zip(subjects, many, strict=True):
            one = await permission_for(person_id=person, address=address, purpose="offers", channel=channel, now=LATER)
            assert (decision.allowed, decision.code, decision.params) == (one.allowed, one.code, one.params), (
                person,
                address,
            )


async def test_the_conditions_are_told_one_by_one(cast: Cast, anna: Client) -> None:
    await bought(anna, cast, told=False)
    answer = await permission_for(address=anna.email, purpose="offers", channel="email", now=LATER)

    with speaking("de"):
        told = conditions(answer.params, {"de": "Angebote und Einladungen"})

    assert [(each.number, each.is_met) for each in told] == [(1, True), (2, True), (3, True), (4, False)]
    assert told[0].sentence == "Die Adresse kam mit der Bestellung A-2026-7 vom 02.03.2026."
    assert told[1].sentence == "„Angebote und Einladungen“ wirbt nur für eigene ähnliche Waren und Dienstleistungen."
    assert told[3].sentence.startswith("Es ist nicht festgehalten, dass")


async def test_the_card_says_that_it_is_an_existing_customer(cast: Cast, anna: Client) -> None:
    await bought(anna, cast)

    with speaking("de"):
        rows = {row.channel: row for row in await may_contact(anna.customer, LATER)}

    assert rows["email"].sentence == "Angebote und Einladungen ja, als Bestandskunde (UWG § 7 Abs. 3)"
    assert rows["email"].tone == "good"


async def test_what_was_wrong_is_taken_back(cast: Cast, anna: Client) -> None:
    origin = await bought(anna, cast)
    await take_back_origin(anna.customer, origin, by=cast.ali.id, now=NOW)

    assert await asked(anna) == (False, "consent_none")
    assert [row.origin_id for row in await addresses_of(anna.customer)] == [None]


async def test_only_own_addresses_and_own_orders_that_stand_can_be_recorded(
    cast: Cast, anna: Client, studio: Client
) -> None:
    foreign, off = await order_of(studio, "B-1"), await order_of(anna, "C-1", "cancelled")

    for origin, wrong in (
        (NewOrigin(anna.email, foreign), {"order"}), (NewOrigin(anna.email, off), {"order"}),
        (NewOrigin(studio.email, off), {"address", "order"}),
        (NewOrigin(anna.email, foreign, TODAY + timedelta(days=1), ""), {"order", "told_on", "how"}),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            await record_origin(anna.customer, origin, by=cast.ali.id, now=NOW, today=TODAY)
        assert set(refused.value.errors) == wrong
