"""A value needs its basis: what the rule says, what the action states, what the database itself refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asyncpg.exceptions import CheckViolationError, RestrictViolationError
from hypothesis import given
from hypothesis import strategies as st

from crm.consents.ledger import Status
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.database import execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.profiles.basis import BasisFacts, decide, may_profile
from crm.profiles.forgetting import forget_attributes
from crm.profiles.tables import BASES, About
from crm.profiles.writing import Wish, delete_attribute, write_attribute, write_attributes
from tests.profiles.conftest import NOW, World, order, says, stored

PERSON = BasisFacts(About.PERSON, "consent")


async def write(customer_id: int, code: str, value: object, **more: object) -> None:
    await write_attribute(Wish(customer_id, code, value, **more), source="form", by=None, now=NOW)  # type: ignore[arg-type]


def test_consent_allows_what_rests_on_consent() -> None:
    verdict = decide(BasisFacts(About.PERSON, "consent", consent=Status.GIVEN, holding=(7,), explicit=(7,)))
    assert (verdict.allowed, verdict.basis, verdict.events) == (True, "consent", (7,))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.NONE, "no_consent"), (Status.PENDING, "consent_pending"), (Status.EXPIRED, "consent_expired"),
        (Status.WITHDRAWN, "consent_taken_back"), (Status.REFUSED, "consent_taken_back"),
        (Status.OBJECTED, "consent_taken_back"),
    ],
)  # fmt: skip
def test_without_consent_the_reason_is_told(status: Status, code: str) -> None:
    assert decide(BasisFacts(About.PERSON, "consent", consent=status)).code == code


def test_an_organisation_needs_no_basis_and_a_person_always_does() -> None:
    assert decide(BasisFacts(About.ORGANISATION, "consent", is_organisation=True)).allowed
    assert decide(BasisFacts(About.PERSON, "consent", is_organisation=True)).code == "only_persons"
    assert decide(BasisFacts(About.ORGANISATION, "consent")).code == "only_organisations"


def test_a_special_category_needs_explicit_consent_and_nothing_else_will_do() -> None:
    assert decide(BasisFacts(About.PERSON, "consent", is_special=True, holding=(7,))).code == "not_explicit"
    assert decide(BasisFacts(About.PERSON, "consent", is_special=True, holding=(7, 8), explicit=(8,))).events == (8,)
    for basis in BASES[1:]:
        facts = BasisFacts(About.PERSON, basis, is_special=True, contract="A-1", note="§ 1")
        assert not decide(facts).allowed


def test_contract_law_and_interest_are_named() -> None:
    assert decide(BasisFacts(About.PERSON, "contract")).code == "no_contract"
    assert decide(BasisFacts(About.PERSON, "contract", contract=" A-1 ")).reference == "A-1"
    assert decide(BasisFacts(About.PERSON, "legal_duty", note="GwG § 10")).allowed
    assert decide(BasisFacts(About.PERSON, "legitimate_interest")).code == "no_note"
    assert decide(BasisFacts(About.PERSON, "legitimate_interest", note="x", has_said_no=True)).code == "objected"


@given(
    about=st.sampled_from(About), basis=st.sampled_from([*[one.value for one in BASES], "internal", "", "x"]),
    flags=st.tuples(*[st.booleans()] * 5), consent=st.sampled_from(Status), holding=st.booleans(), explicit=st.booleans(),
    contract=st.sampled_from(["", " ", "A-1"]), note=st.sampled_from(["", "GwG"]),
)  # fmt: skip
def test_a_yes_about_a_person_always_names_what_it_rests_on(
    about: About, basis: str, flags: tuple[bool, ...], consent: Status, holding: bool, explicit: bool, contract: str, note: str
) -> None:  # fmt: skip
    is_organisation, is_special, is_retired, is_restricted, said_no = flags
    facts = BasisFacts(
        about, basis, is_organisation, is_special, is_retired, is_restricted, consent, (1,) if holding else (),
        (1,) if holding and explicit else (), said_no, contract, note,
    )  # fmt: skip
    verdict = decide(facts)
    if verdict.allowed:
        assert not is_retired
        assert not is_restricted
        assert is_organisation or (verdict.events if basis == "consent" else verdict.reference)
        assert is_organisation or not is_special or explicit
    else:
        assert not verdict.basis


def test_who_may_be_scored() -> None:
    def why_not(**more: object) -> str:
        facts = {
            "is_organisation": False, "is_restricted": False, "is_deleted": False, "demanded": "consent",
            "explicit_consent": False, "has_said_no": False, **more,
        }  # fmt: skip
        return may_profile(**facts)  # type: ignore[arg-type]

    assert why_not(is_organisation=True) == ""
    assert why_not(is_organisation=True, is_restricted=True) == "restricted"
    assert why_not() == "no_profiling_consent"
    assert why_not(explicit_consent=True) == ""
    assert why_not(explicit_consent=True, is_deleted=True) == "deleted"
    assert why_not(demanded="legitimate_interest") == ""
    assert why_not(demanded="legitimate_interest", has_said_no=True) == "objected"


async def test_without_consent_the_write_is_refused_and_says_what_to_do(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await write(world.emre, "decides_by", "price")

    assert "Einwilligung" in refused.value.errors["value"]
    assert "Emre Yıldız" in refused.value.errors["value"]
    assert await stored("decides_by", world.emre_person) == 0


async def test_with_consent_the_basis_is_stated_with_its_event(world: World) -> None:
    event = await says(world.emre_person, Event.GIVEN)

    await write(world.emre, "decides_by", "Qualität")

    basis = await fetch_one("SELECT * FROM attribute_basis WHERE person = $1", world.emre_person)
    assert basis is not None
    assert (basis.purpose, basis.basis, basis.consent_event, basis.ended_at) == ("advice", "consent", event, None)
    assert await fetch_value("SELECT text FROM attribute_value WHERE person = $1", world.emre_person) == "quality"


async def test_a_contract_is_named_or_found_among_the_orders(world: World) -> None:
    with pytest.raises(Invalid, match="Vertrag"):
        await write(world.emre, "good_time_to_call", "vormittags")

    await write(world.emre, "good_time_to_call", "vormittags", reference="V-77")
    await order(world.groessmann, "A-1001")
    await write(world.groessmann, "good_time_to_call", "nachmittags", person_id=world.anna)

    rows = await fetch("SELECT person, reference FROM attribute_basis ORDER BY id")
    assert [(row.person, row.reference) for row in rows] == [(world.emre_person, "V-77"), (world.anna, "A-1001")]


async def test_what_describes_an_organisation_needs_no_basis(world: World) -> None:
    await write(world.groessmann, "employees", "1.250")

    assert await fetch_value("SELECT number FROM attribute_value WHERE customer = $1", world.groessmann) == 1250
    assert await fetch_value("SELECT count(*) FROM attribute_basis") == 0
    with pytest.raises(Invalid, match="Organisationen"):
        await write(world.emre, "employees", "1")


async def test_a_withdrawal_blocks_at_once_and_the_night_deletes(world: World) -> None:
    await says(world.emre_person, Event.GIVEN)
    await write(world.emre, "decides_by", "price")

    await says(world.emre_person, Event.WITHDRAWN, now=NOW + timedelta(hours=1))

    row = await fetch_one("SELECT blocked_at FROM attribute_value WHERE person = $1", world.emre_person)
    assert row is not None
    assert row.blocked_at is not None
    assert await forget_attributes(now=NOW + timedelta(hours=12)) == 1
    assert await stored("decides_by", world.emre_person) == 0
    gone = await fetch_one("SELECT * FROM audit_entry WHERE action = 'attribute.expired'")
    assert gone is not None
    assert (gone.subject_kind, gone.subject_id) == ("person", world.emre_person)


async def test_new_consent_does_not_bring_back_what_was_blocked(world: World) -> None:
    await says(world.emre_person, Event.GIVEN)
    await write(world.emre, "decides_by", "price")
    await says(world.emre_person, Event.WITHDRAWN, now=NOW + timedelta(hours=1))
    await says(world.emre_person, Event.GIVEN, now=NOW + timedelta(hours=2))

    assert await fetch_value("SELECT blocked_at FROM attribute_value WHERE person = $1", world.emre_person)
    await write_attribute(Wish(world.emre, "decides_by", "speed"), source="form", by=None, now=NOW + timedelta(hours=3))
    row = await fetch_one("SELECT text, blocked_at FROM attribute_value WHERE person = $1", world.emre_person)
    assert row is not None
    assert (row.text, row.blocked_at) == ("speed", None)


async def test_what_rests_on_another_consent_too_stays(world: World) -> None:
    """Two channels of one purpose are two consents: what one of them carries alone is blocked, nothing else."""
    await execute("UPDATE purpose SET channels = 'processing,letter' WHERE code = 'advice'")
    await says(world.emre_person, Event.GIVEN)
    await says(world.emre_person, Event.GIVEN, channel="letter")
    await write(world.emre, "decides_by", "price")

    await says(world.emre_person, Event.WITHDRAWN, channel="letter", now=NOW + timedelta(hours=1))
    assert await fetch_value("SELECT blocked_at FROM attribute_value WHERE person = $1", world.emre_person) is None

    await says(world.emre_person, Event.WITHDRAWN, now=NOW + timedelta(hours=2))
    assert await fetch_value("SELECT blocked_at FROM attribute_value WHERE person = $1", world.emre_person)


async def test_a_withdrawal_from_before_the_consent_ends_nothing(world: World) -> None:
    await says(world.emre_person, Event.GIVEN)
    await write(world.emre, "decides_by", "price")

    await says(world.emre_person, Event.WITHDRAWN, at=NOW - timedelta(days=3), now=NOW + timedelta(hours=1))

    assert await fetch_value("SELECT blocked_at FROM attribute_value WHERE person = $1", world.emre_person) is None


async def test_retention_and_retirement_delete_at_night(world: World) -> None:
    await write(world.groessmann, "employees", 12)
    await write(world.emre, "good_time_to_call", "abends", reference="V-1")
    assert await forget_attributes(now=NOW + timedelta(days=700)) == 0
    assert await forget_attributes(now=NOW + timedelta(days=740)) == 2

    await write(world.groessmann, "industry", "Handel")
    await execute("UPDATE attribute SET retired_at = $1 WHERE code = 'industry'", NOW)
    assert await forget_attributes(now=NOW) == 1


async def test_a_restricted_person_is_left_alone(world: World) -> None:
    await write(world.emre, "good_time_to_call", "abends", reference="V-1")
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", world.emre_person, NOW)

    assert await forget_attributes(now=NOW + timedelta(days=3000)) == 0
    with pytest.raises(Invalid, match="eingeschränkt"):
        await write(world.emre, "good_time_to_call", "morgens", reference="V-1")


async def test_an_import_is_no_explicit_consent(world: World, health: str) -> None:
    await says(world.emre_person, Event.GIVEN, source=Source.IMPORT)
    with pytest.raises(Invalid, match="DSGVO"):
        await write(world.emre, health, "ja")

    await says(world.emre_person, Event.GIVEN, source=Source.PHONE, now=NOW + timedelta(minutes=1))
    await write(world.emre, health, "ja")
    assert await stored(health, world.emre_person) == 1


async def test_many_wishes_at_once_tell_each_refusal_and_write_the_rest(world: World) -> None:
    await says(world.anna, Event.GIVEN)
    wishes = [
        Wish(world.groessmann, "industry", "Handwerk"), Wish(world.groessmann, "industry", "Raumfahrt"),
        Wish(world.groessmann, "decides_by", "price", person_id=world.anna), Wish(world.emre, "decides_by", "price"),
        Wish(world.emre, "shoe_size", "43"), Wish(999_999_999, "industry", "Handel"),
        Wish(world.groessmann, "decides_by", "price"), Wish(world.groessmann, "industry", ""),
        Wish(world.emre, "decides_by", "price", person_id=world.anna),
    ]  # fmt: skip
    expected = [
        (1, "value"), (3, "basis"), (4, "code"), (5, "customer_id"), (6, "basis"), (7, "value"), (8, "customer_id"),
    ]  # fmt: skip
    refused = await write_attributes(wishes, source="import", by=None, now=NOW)

    assert [(one.place, one.field) for one in refused] == expected
    assert all(one.sentence for one in refused)
    assert await fetch_value("SELECT count(*) FROM attribute_value") == 2


async def test_the_statements_do_not_grow_with_the_wishes(world: World) -> None:
    from crm.database import Statements, counted

    counts = []
    for many in (1, 300):
        statements = Statements()
        token = counted.set(statements)
        await write_attributes(
            [Wish(world.groessmann, "employees", n) for n in range(many)], source="import", by=None, now=NOW
        )
        counted.reset(token)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8


async def test_the_trail_holds_who_and_which_but_not_the_value(world: World) -> None:
    await says(world.emre_person, Event.GIVEN)
    await write_attribute(Wish(world.emre, "decides_by", "speed"), source="form", by=world.cast.petra.id, now=NOW)

    row = await fetch_one(
        "SELECT e.*, p.fields::text AS fields FROM audit_entry e JOIN audit_payload p ON p.id = e.payload_id "
        "WHERE e.action = 'attribute.written'"
    )
    assert row is not None
    assert (row.actor_id, row.subject_kind, row.subject_id) == (world.cast.petra.id, "person", world.emre_person)
    assert "decides_by" in row.fields
    assert "speed" not in row.fields


async def test_deleting_is_on_record_and_a_stranger_is_not_found(world: World) -> None:
    await write(world.groessmann, "employees", 3)
    await delete_attribute(world.groessmann, "employees", by=None, now=NOW)
    await delete_attribute(world.groessmann, "employees", by=None, now=NOW)

    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'attribute.deleted'") == 1
    with pytest.raises(NotFound):
        await delete_attribute(world.groessmann, "employees", world.emre_person, by=None, now=NOW)


VALUE = (
    "INSERT INTO attribute_value (attribute, person, text, recorded_at) "
    "SELECT id, $1, 'price', now() FROM attribute WHERE code = 'decides_by'"
)
BASIS = (
    "INSERT INTO attribute_basis (person, purpose, basis, consent_event, reference, valid_from) "
    "VALUES ($1, $2, $3, $4, $5, now())"
)


async def refused(sql: str, *arguments: object) -> None:
    """The statement is refused by the database; the transaction of the test goes on behind a savepoint."""
    await execute("SAVEPOINT before")
    with pytest.raises((RestrictViolationError, CheckViolationError)):
        await execute(sql, *arguments)
    await execute("ROLLBACK TO before")


async def test_the_database_refuses_a_value_without_a_basis(world: World) -> None:
    await refused(VALUE, world.emre_person)
    event = await says(world.emre_person, Event.GIVEN)
    await refused(VALUE, world.emre_person)

    await execute(BASIS, world.emre_person, "profiling", "contract", None, "A-1")
    await execute(BASIS, world.emre_person, "advice", "contract", None, "A-1")
    await refused(VALUE, world.emre_person)  # another purpose, another basis

    await execute(BASIS, world.emre_person, "advice", "consent", event, "")
    await execute(VALUE, world.emre_person)


async def test_the_database_refuses_an_invented_basis(world: World) -> None:
    event = await says(world.anna, Event.GIVEN)
    person = world.emre_person
    await refused(BASIS, person, "advice", "consent", event, "")  # somebody else's consent
    await refused(BASIS, person, "advice", "consent", 999_999, "")
    await refused(BASIS, person, "advice", "consent", None, "said so")
    await refused(BASIS, world.anna, "profiling", "consent", event, "")  # to another purpose
    await refused(BASIS, person, "advice", "contract", None, " ")
    await refused(BASIS, person, "advice", "because", None, "x")
    await refused(BASIS, person, "advice", "internal", None, "x")
    await says(world.anna, Event.WITHDRAWN, now=NOW + timedelta(minutes=1))
    await refused(BASIS, world.anna, "advice", "consent", event, "")  # withdrawn since
    await says(person, Event.OBJECTED, now=NOW)
    await refused(BASIS, person, "advice", "legitimate_interest", None, "our interest")


async def test_the_database_refuses_to_bend_a_basis_or_a_value(world: World) -> None:
    await says(world.emre_person, Event.GIVEN)
    await write(world.emre, "decides_by", "price")

    await refused("UPDATE attribute_basis SET purpose = 'profiling'")
    await refused("UPDATE attribute_basis SET basis = 'contract', reference = 'x'")
    await refused("UPDATE attribute_basis SET valid_from = now() - interval '1 year'")
    await refused("UPDATE attribute SET legal_basis = 'contract' WHERE code = 'decides_by'")
    await refused("UPDATE attribute SET purpose = 'service' WHERE code = 'decides_by'")
    await refused("UPDATE attribute_value SET person = $1", world.anna)
    await refused("UPDATE attribute_value SET person = NULL, customer = $1", world.groessmann)
    await refused("UPDATE attribute_value SET customer = $1", world.groessmann)
    await refused("UPDATE attribute_value SET number = 5")
    await says(world.emre_person, Event.WITHDRAWN, now=NOW + timedelta(minutes=1))
    await refused("UPDATE attribute_basis SET ended_at = NULL")
    await refused("UPDATE attribute_value SET text = 'speed'")
    await refused("UPDATE attribute_value SET blocked_at = NULL")


async def test_the_database_refuses_special_categories_on_hearsay(world: World, health: str) -> None:
    event = await says(world.emre_person, Event.GIVEN, source=Source.IMPORT)
    await execute(BASIS, world.emre_person, "advice", "consent", event, "")
    value = (
        "INSERT INTO attribute_value (attribute, person, flag, recorded_at) "
        "SELECT id, $1, true, now() FROM attribute WHERE code = 'wheelchair'"
    )
    await refused(value, world.emre_person)
    await refused("UPDATE attribute SET roles = '' WHERE code = 'wheelchair'")
    await refused("UPDATE attribute SET legal_basis = 'contract' WHERE code = 'wheelchair'")


async def test_one_basis_is_stated_once(world: World) -> None:
    await says(world.emre_person, Event.GIVEN)
    for value in ("price", "speed", "price"):
        await write(world.emre, "decides_by", value)
    assert await fetch_value("SELECT count(*) FROM attribute_basis") == 1
    assert await fetch_value("SELECT version FROM attribute_value") == 3


KINDS = st.sampled_from([Event.GIVEN, Event.CONFIRMED, Event.WITHDRAWN, Event.REFUSED, Event.EXPIRED])


async def test_the_database_and_the_ledger_agree_on_what_holds(world: World) -> None:
    """Random stories of one person: `consent_that_holds` says yes exactly where `state_of` does."""
    from random import Random

    from crm.consents.ledger import LedgerEvent, state_of

    chance = Random(20261126)
    for purpose, channel, needs in (("newsletter", "email", True), ("advice", "processing", False)):
        for _story in range(150):
            await execute("SAVEPOINT before")
            events = []
            for _n in range(chance.randrange(6)):
                kind = chance.choice(list(Event))
                source, at = chance.choice(list(Source)), NOW + timedelta(minutes=chance.randrange(5))
                row = await fetch_value(
                    "INSERT INTO consent_event (person_id, purpose, channel, event, source, at, recorded_at, payload_id, "
                    "payload_hash, previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, '', '', '') RETURNING id",
                    world.emre_person, purpose, channel, kind.value, source.value, at, NOW,
                )  # fmt: skip
                events.append(LedgerEvent(row, kind, source, at))
            state = state_of(events, needs_confirmation=needs, channel=channel)
            held = await fetch_value("SELECT consent_that_holds($1, $2, $3)", world.emre_person, purpose, channel)
            assert (held is not None) == (state.status is Status.GIVEN), events
            await execute("ROLLBACK TO before")


async def test_nothing_is_written_within_a_transaction_that_fails(world: World) -> None:
    with pytest.raises(Invalid):
        async with transaction():
            await write(world.groessmann, "employees", "viele")
    assert await fetch_value("SELECT count(*) FROM attribute_value") == 0
