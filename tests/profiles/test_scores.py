"""ABC and RFM: the rules, their twin in SQL, who is scored, what a withdrawal does, and the human review that stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from asyncpg.exceptions import RestrictViolationError
from hypothesis import given
from hypothesis import strategies as st

from crm.accounts.permissions import Permission, Role, role_may
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.customers.lists.wanted import RFM_GROUPS
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import Conflict, Invalid, RuleBroken
from crm.profiles.abc import abc_scores
from crm.profiles.explaining import GROUPS, rfm_group
from crm.profiles.reviewing import ask_review, change_limits, change_profiling_basis, decide_review, take_back_review
from crm.profiles.rfm import RfmInput, rfm_scores
from crm.profiles.scoring import compute_scores, request_scores, sweep_scores
from tests.browser import Browser
from tests.profiles.conftest import NOW, World, order, says

RUN_AT = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)


def classes(revenues: dict[int, int], a: int = 80, b: int = 95) -> str:
    scores = abc_scores({customer: Decimal(revenue) for customer, revenue in revenues.items()}, a=a, b=b)
    return "".join(scores[customer].abc_class for customer in sorted(scores))


def test_the_greatest_carry_eighty_percent() -> None:
    assert classes({1: 50, 2: 30, 3: 10, 4: 5, 5: 5}) == "AABBB"
    assert classes({1: 50, 2: 29, 3: 11, 4: 6, 5: 4}) == "AAABC"


def test_whoever_reaches_over_a_limit_belongs_to_the_class_before_it() -> None:
    assert classes({1: 97, 2: 3}) == "AC"
    assert classes({1: 100}) == "A"


def test_the_same_revenue_gets_the_same_class() -> None:
    assert classes(dict.fromkeys(range(10), 7)) == "A" * 10
    assert classes({1: 60, 2: 20, 3: 20}) == "AAA"


def test_without_revenue_all_are_c() -> None:
    assert classes({1: 0, 2: 0}) == "CC"
    assert classes({1: -5, 2: 10}) == "CA"
    assert classes({}) == ""


def test_the_limits_can_be_set() -> None:
    revenues = {1: 40, 2: 30, 3: 20, 4: 10}
    assert classes(revenues, 50, 75) == "AABC"
    assert classes(revenues, 20, 100) == "ABBB"


def test_a_score_says_what_it_rests_on() -> None:
    score = abc_scores({1: Decimal(60), 2: Decimal(30), 3: Decimal(10)}, a=80, b=95)[2]
    assert (score.abc_class, score.share, score.share_before, score.rank) == ("A", Decimal("0.3"), Decimal("0.6"), 2)


@given(
    st.dictionaries(st.integers(1, 200), st.integers(-50, 10_000), min_size=1), st.integers(1, 98), st.integers(1, 98)
)
def test_more_revenue_is_never_a_lower_class(revenues: dict[int, int], a: int, more: int) -> None:
    b = min(100, a + more)
    scores = abc_scores({customer: Decimal(own) for customer, own in revenues.items()}, a=a, b=b)
    ordered = sorted(revenues, key=lambda customer: -revenues[customer])
    names = [scores[customer].abc_class for customer in ordered]
    assert names == sorted(names)
    assert names[0] == ("A" if revenues[ordered[0]] > 0 else "C")
    if any(own > 0 for own in revenues.values()):
        assert abs(sum(score.share for score in scores.values()) - 1) < Decimal("0.0001")
        upper = [customer for customer in ordered if scores[customer].abc_class == "A"]
        total = sum(max(0, own) for own in revenues.values())
        assert sum(revenues[customer] for customer in upper) * 100 >= min(a, 100) * total or len(upper) == len(ordered)


def rfm(*inputs: tuple[int, int, int]) -> list[str]:
    """The codes for customers (days since the last order, orders, revenue)."""
    scores = rfm_scores(
        {n: RfmInput(date(2026, 11, 25) - timedelta(days=days), orders, Decimal(revenue))
         for n, (days, orders, revenue) in enumerate(inputs)}
    )  # fmt: skip
    return [scores[n].code for n in sorted(scores)]


def test_five_customers_are_five_fifths() -> None:
    assert rfm((400, 1, 10), (200, 2, 50), (90, 3, 20), (30, 4, 40), (1, 9, 30)) == ["111", "225", "332", "444", "553"]


def test_the_same_value_gets_the_same_fifth_and_few_get_none() -> None:
    assert rfm(*[(5, 1, 10)] * 6) == ["111"] * 6
    assert rfm((1, 1, 1), (2, 2, 2)) == []


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 30), st.integers(0, 9_000)), min_size=5, max_size=60))
def test_better_is_never_scored_lower_and_order_does_not_matter(inputs: list[tuple[int, int, int]]) -> None:
    codes = rfm(*inputs)
    assert sorted(codes) == sorted(rfm(*reversed(inputs)))
    for one, code in zip(inputs, codes, strict=True):
        assert all("1" <= digit <= "5" for digit in code)
        for other, theirs in zip(inputs, codes, strict=True):
            assert one[0] < other[0] or code[0] <= theirs[0]
            assert one[1] > other[1] or code[1] <= theirs[1]
            assert one[2] > other[2] or code[2] <= theirs[2]


async def compute(at: datetime = RUN_AT) -> int:
    run = await request_scores(by=None, now=at)
    assert await compute_scores(run, now=at)
    return run


async def firms(figures: list[tuple[int, int, int]]) -> list[int]:
    """Organisations with (days since the last order, orders, revenue)."""
    found = []
    for n, (days, orders, revenue) in enumerate(figures):
        firm = await create_organisation(OrganisationData(f"Firma {n}"), by=None, now=NOW)
        await execute(
            "UPDATE customer_figures SET orders = $2, revenue = $3, last_order_on = $4 WHERE customer = $1",
            firm, orders, Decimal(revenue), date(2026, 11, 25) - timedelta(days=days),
        )  # fmt: skip
        found.append(firm)
    return found


@pytest.mark.parametrize("seed", range(4))
async def test_sql_and_the_rules_agree(db: None, seed: int) -> None:
    chance = Random(seed)
    figures = [
        (chance.randrange(30), chance.randrange(1, 6), chance.choice([-20, 0, 100, 100, 250, chance.randrange(5000)]))
        for _n in range(chance.choice([1, 4, 5, 23, 60]))
    ]
    found = await firms(figures)
    await execute(
        "UPDATE score_settings SET abc_a = $1, abc_b = $2", *(limits := chance.choice([(80, 95), (50, 75), (1, 100)]))
    )
    await compute()
    inputs = {
        firm: RfmInput(date(2026, 11, 25) - timedelta(days=days), orders, Decimal(revenue))
        for firm, (days, orders, revenue) in zip(found, figures, strict=True)
    }
    abc = abc_scores({firm: one.revenue for firm, one in inputs.items()}, a=limits[0], b=limits[1])
    codes = rfm_scores(inputs)
    for row in await fetch("SELECT * FROM customer_score"):
        rule = abc[row.customer]
        assert (row.abc_class, row.share, row.share_before, row.rank) == (
            rule.abc_class, rule.share, rule.share_before, rule.rank,
        )  # fmt: skip
        assert row.rfm == (codes[row.customer].code if codes else "")
        assert row.recency_days == (date(2026, 11, 25) - inputs[row.customer].last_order_on).days  # type: ignore[operator]
    assert await fetch_value("SELECT count(*) FROM customer_score") == len(found)


async def test_organisations_freely_private_persons_only_with_explicit_consent(world: World) -> None:
    await order(world.groessmann, "A-1", 900)
    await order(world.emre, "A-2", 100)
    run = await compute()
    assert [row.customer for row in await fetch("SELECT customer FROM customer_score")] == [world.groessmann]
    assert await fetch_value("SELECT left_out FROM score_run WHERE id = $1", run) == 1

    await says(world.emre_person, Event.GIVEN, "profiling", source=Source.IMPORT)
    await compute(RUN_AT + timedelta(days=1))
    assert await fetch_value("SELECT count(*) FROM customer_score") == 1, "an import is no explicit consent"

    await says(world.emre_person, Event.GIVEN, "profiling")
    await compute(RUN_AT + timedelta(days=2))
    rows = await fetch("SELECT customer, abc_class, share FROM customer_score ORDER BY customer")
    assert [(row.customer, row.abc_class, row.share) for row in rows] == [
        (world.groessmann, "A", Decimal("0.9")), (world.emre, "B", Decimal("0.1")),
    ]  # fmt: skip


async def test_a_withdrawal_takes_the_score_away_at_once(world: World) -> None:
    await order(world.emre, "A-2", 100)
    await says(world.emre_person, Event.GIVEN, "profiling")
    await compute()
    assert await fetch_value("SELECT count(*) FROM customer_score") == 1

    await says(world.emre_person, Event.WITHDRAWN, "profiling", now=NOW + timedelta(hours=1))

    assert await fetch_value("SELECT count(*) FROM customer_score") == 0
    assert await fetch_value("SELECT count(*) FROM score_change") == 0
    await compute(RUN_AT + timedelta(days=1))
    assert await fetch_value("SELECT count(*) FROM customer_score") == 0


async def test_the_officer_may_demand_less_and_an_objection_counts(world: World) -> None:
    await order(world.emre, "A-2", 100)
    await change_profiling_basis("legitimate_interest", 1, by=world.cast.sven.id, now=NOW)
    await compute()
    assert await fetch_value("SELECT count(*) FROM customer_score") == 1

    await change_profiling_basis("consent", 2, by=world.cast.sven.id, now=NOW)
    assert await fetch_value("SELECT count(*) FROM customer_score") == 0, "more is demanded: gone at once"

    await change_profiling_basis("legitimate_interest", 3, by=world.cast.sven.id, now=NOW)
    await compute(RUN_AT + timedelta(days=1))
    await says(world.emre_person, Event.OBJECTED, "profiling", now=NOW + timedelta(hours=1))
    assert await fetch_value("SELECT count(*) FROM customer_score") == 0
    await compute(RUN_AT + timedelta(days=2))
    assert await fetch_value("SELECT count(*) FROM customer_score") == 0


@pytest.mark.parametrize("column", ["restricted_at", "deleted_at"])
async def test_nobody_restricted_or_deleted_is_scored(world: World, column: str) -> None:
    await order(world.groessmann, "A-1", 900)
    await execute(f"UPDATE customer SET {column} = $2 WHERE id = $1", world.groessmann, NOW)
    await compute()
    assert await fetch_value("SELECT count(*) FROM customer_score") == 0


async def test_the_database_refuses_scores_that_nobody_agreed_to(world: World) -> None:
    run = await request_scores(by=None, now=RUN_AT)
    insert = (
        "INSERT INTO {table} (customer, run, computed_at, abc_class, computed_class) VALUES ($1, $2, now(), 'A', 'A')"
    )
    for table in ("customer_score", "score_change"):
        await execute("SAVEPOINT before")
        with pytest.raises(RestrictViolationError):
            await execute(insert.format(table=table), world.emre, run)
        await execute("ROLLBACK TO before")
        await execute(insert.format(table=table), world.groessmann, run)
    await execute("SAVEPOINT before")
    with pytest.raises(RestrictViolationError):
        await execute("UPDATE customer_score SET customer = $1", world.emre)
    await execute("ROLLBACK TO before")


async def test_earlier_scores_are_kept_with_their_inputs_when_something_changes(world: World) -> None:
    await order(world.groessmann, "A-1", 900)
    await compute()
    await compute(RUN_AT + timedelta(days=1))
    assert await fetch_value("SELECT count(*) FROM score_change") == 1
    firm = (await firms([(3, 2, 99_000)]))[0]
    await compute(RUN_AT + timedelta(days=2))
    rows = await fetch(
        "SELECT computed_class, revenue, rank, compared FROM score_change WHERE customer = $1 ORDER BY id",
        world.groessmann,
    )
    assert [(row.computed_class, row.revenue, row.rank, row.compared) for row in rows] == [
        ("A", 900, 1, 1), ("C", 900, 2, 2),
    ]  # fmt: skip
    await execute("UPDATE customer_figures SET orders = 0, revenue = 0 WHERE customer = $1", firm)
    await compute(RUN_AT + timedelta(days=3))
    assert await fetch_value("SELECT count(*) FROM customer_score") == 1, "without orders there is no score"
    await compute(RUN_AT + timedelta(days=900))
    assert not await fetch("SELECT 1 FROM score_change WHERE computed_at < $1", RUN_AT + timedelta(days=100))


@pytest.mark.parametrize("table", ["customer", "person"])
async def test_of_restricted_data_no_review_tells_anybody(world: World, table: str) -> None:
    await says(world.emre_person, Event.GIVEN, "profiling")
    await order(world.emre, "A-1", 900)
    await compute()
    whose, restricted = world.emre, {"customer": world.emre, "person": world.emre_person}[table]
    await execute(f"UPDATE {table} SET restricted_at = $2 WHERE id = $1", restricted, NOW)
    with pytest.raises(RuleBroken, match=r"Art\. 18"):
        await ask_review(whose, "Bitte prüfen.", by=world.cast.ali.id, now=NOW)
    with pytest.raises(RuleBroken, match=r"Art\. 18"):
        await decide_review(whose, "A", "Empfiehlt uns weiter.", by=world.cast.eva.id, now=NOW)
    for told in ("notification WHERE kind = 'review_asked'", "score_review"):
        assert await fetch_value(f"SELECT count(*) FROM {told}") == 0


async def test_a_review_stands_until_it_is_taken_back(world: World) -> None:
    await order(world.groessmann, "A-1", 900)
    await firms([(3, 2, 99_000)])
    with pytest.raises(RuleBroken):
        await ask_review(world.emre, "Bitte prüfen.", by=None, now=NOW)
    await compute()
    by = world.cast.eva.id
    await ask_review(world.groessmann, "Wir sind doch gute Kunden.", by=world.cast.ali.id, now=NOW)
    told = await fetch(
        "SELECT s.role, n.link FROM notification n JOIN staff s ON s.id = n.\"user\" WHERE n.kind = 'review_asked'"
    )
    assert {row.role for row in told} == {role for role in Role if role_may(role, Permission.SCORES_REVIEW)}
    assert {row.link for row in told} == {f"/customers/{world.groessmann}/score"}
    with pytest.raises(RuleBroken):
        await ask_review(world.groessmann, "Noch einmal.", by=None, now=NOW)
    with pytest.raises(Invalid) as refused:
        await decide_review(world.groessmann, "D", " ", by=by, now=NOW)
    assert set(refused.value.errors) == {"abc_class", "reason"}

    await decide_review(world.groessmann, "A", "Empfiehlt uns weiter.", by=by, now=NOW)
    await compute(RUN_AT + timedelta(days=1))

    row = await fetch_one("SELECT abc_class, computed_class FROM customer_score WHERE customer = $1", world.groessmann)
    assert row is not None
    assert (row.abc_class, row.computed_class) == ("A", "C")
    told = await fetch_one(
        "SELECT body, detail ->> 'after' AS after FROM timeline_entry WHERE detail ->> 'field' = 'abc_class'"
    )
    assert told is not None
    assert (told.body, told.after) == ("Empfiehlt uns weiter.", "A")

    await take_back_review(world.groessmann, by=by, now=NOW)
    assert await fetch_value("SELECT abc_class FROM customer_score WHERE customer = $1", world.groessmann) == "C"
    with pytest.raises(RuleBroken):
        await take_back_review(world.groessmann, by=by, now=NOW)
    await decide_review(world.groessmann, "B", "Mittelweg.", by=by, now=NOW)
    await decide_review(world.groessmann, "A", "Doch.", by=by, now=NOW)
    await compute(RUN_AT + timedelta(days=2))
    assert await fetch_value("SELECT abc_class FROM customer_score WHERE customer = $1", world.groessmann) == "A"
    assert await fetch_value("SELECT count(*) FROM score_review WHERE taken_back_at IS NULL") == 1


async def test_one_run_at_a_time_and_each_once(world: World) -> None:
    run = await request_scores(by=world.cast.eva.id, now=RUN_AT)
    assert await request_scores(by=world.cast.ines.id, now=RUN_AT) == run
    assert await compute_scores(run, now=RUN_AT)
    assert not await compute_scores(run, now=RUN_AT)
    assert await request_scores(by=None, now=RUN_AT) != run
    await sweep_scores(now=RUN_AT + timedelta(minutes=1))


async def test_a_run_whose_worker_died_is_taken_up_again(world: World) -> None:
    run = await request_scores(by=None, now=RUN_AT)
    await execute("UPDATE score_run SET status = 'running', claimed_at = $2 WHERE id = $1", run, RUN_AT)
    assert not await compute_scores(run, now=RUN_AT + timedelta(minutes=4))
    assert await compute_scores(run, now=RUN_AT + timedelta(minutes=6))


async def test_limits_are_sensible_and_two_do_not_overwrite_each_other(world: World) -> None:
    for a, b in ((95, 80), (0, 50), (80, 80), (80, 101)):
        with pytest.raises(Invalid):
            await change_limits(a, b, 1, by=world.cast.ines.id, now=NOW)
    await change_limits(70, 90, 1, by=world.cast.ines.id, now=NOW)
    with pytest.raises(Conflict):
        await change_limits(60, 90, 1, by=world.cast.karin.id, now=NOW)
    with pytest.raises(Invalid):
        await change_profiling_basis("contract", 2, by=world.cast.sven.id, now=NOW)


async def test_customers_are_found_by_class_and_by_how_they_order(browser: Browser, world: World) -> None:
    """Whoever may not be scored is not found: Emre has ordered most and has not agreed."""
    made = {}
    for n in range(1, 26):
        firm = await create_organisation(OrganisationData(f"Firma {n:02}", ""), by=None, now=NOW)
        for one in range(1 + n % 5):
            day = date(2026, 11, 20) - timedelta(days=13 * (n % 7) + one)
            await order(firm, f"{n}-{one}", 10 * n * n, day.isoformat())
        made[firm] = n
    await order(world.emre, "E-1", 90_000)
    await compute_scores(await request_scores(by=None, now=RUN_AT), now=RUN_AT)
    scores = {row.customer: row for row in await fetch("SELECT * FROM customer_score")}
    assert world.emre not in scores
    await browser.log_in(world.cast.petra)

    async def found(query: str) -> set[int]:
        answer = await browser.api("GET", f"/customers?limit=100&{query}")
        assert answer.status_code == 200, answer.text
        return {item["id"] for item in answer.json()["items"]}

    for name in "ABC":
        expected = {customer for customer, row in scores.items() if row.abc_class == name}
        assert await found(f"class={name}") == expected
        assert expected
    groups = {group: {one for one, row in scores.items() if rfm_group(row) == group} for group in GROUPS}
    assert sum(1 for members in groups.values() if members) >= 4, groups
    for group, members in groups.items():
        assert await found(f"rfm={group}") == members, group
    best = max(scores.values(), key=lambda row: row.rfm)
    assert await found(f"rfm={best.rfm}") == {one for one, row in scores.items() if row.rfm == best.rfm}
    assert await found("rfm=5xx") == {one for one, row in scores.items() if row.recency == 5}
    assert (await browser.api("GET", "/customers?rfm=6xx")).status_code == 422
    page = (await browser.get("/customers?rfm=best&class=A")).text
    assert "RFM-Gruppe: Beste Kunden" in page
    assert "ABC-Klasse: A" in page
    assert set(GROUPS) == set(RFM_GROUPS)
