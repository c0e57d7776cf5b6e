"""What orders say about a customer: the rules, with literals and with whatever hypothesis thinks of."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.customers.orders.data import Item, OrderRecord, changed_record, items_sum, new_record
from crm.customers.orders.rules import (
    OrderFact,
    OrderFigures,
    OrderStatus,
    Slip,
    gaps,
    is_quiet,
    next_on,
    order_figures,
    quiet_from_on,
    rhythm_days,
    slips,
    status_with_delivery,
    usual_currency,
)

DAY = date(2026, 3, 2)


def orders(*days: int, amount: str = "100.00", currency: str = "EUR") -> list[OrderFact]:
    return [OrderFact(DAY + timedelta(days=day), Decimal(amount), currency) for day in days]


def test_nobody_has_ordered_anything() -> None:
    assert order_figures([]) == OrderFigures()


def test_one_order_has_no_rhythm() -> None:
    figures = order_figures(orders(0, amount="119.99"))
    assert (figures.orders, figures.revenue, figures.average, figures.last_on) == (
        1,
        Decimal("119.99"),
        Decimal("119.99"),
        DAY,
    )
    assert (figures.rhythm_days, figures.next_on, figures.quiet_from_on) == (None, None, None)


def test_two_orders_have_a_gap_and_promise_nothing() -> None:
    figures = order_figures(orders(0, 30))
    assert (figures.rhythm_days, figures.next_on) == (Decimal(30), None)


def test_from_three_orders_on_the_next_is_expected() -> None:
    figures = order_figures(orders(0, 30, 60))
    assert figures.rhythm_days == 30
    assert figures.next_on == DAY + timedelta(days=90)
    assert figures.quiet_from_on == DAY + timedelta(days=60 + 45)


def test_one_long_holiday_does_not_change_the_rhythm() -> None:
    assert rhythm_days([DAY + timedelta(days=n) for n in (0, 28, 58, 258, 288, 317)]) == 30


def test_half_a_day_of_rhythm_counts_up() -> None:
    figures = order_figures(orders(0, 10, 31, 41, 62))
    assert figures.rhythm_days == Decimal("15.5")
    assert figures.next_on == DAY + timedelta(days=62 + 16)


def test_orders_of_one_day_are_one_occasion() -> None:
    figures = order_figures(orders(0, 0, 0, 40))
    assert (figures.orders, figures.rhythm_days, figures.next_on) == (4, 40, None)
    assert order_figures(orders(0, 0, 0)).rhythm_days is None


def test_quick_customers_get_two_weeks_before_they_count_as_quiet() -> None:
    assert quiet_from_on(DAY, Decimal(7)) == DAY + timedelta(days=21)
    assert quiet_from_on(DAY, Decimal(100)) == DAY + timedelta(days=150)


def test_quiet_begins_on_its_day() -> None:
    assert not is_quiet(None, DAY)
    assert not is_quiet(DAY, DAY - timedelta(days=1))
    assert is_quiet(DAY, DAY)


def test_amounts_of_different_currencies_are_never_added() -> None:
    mixed = [*orders(0, 10), *orders(20, amount="900.00", currency="CHF")]
    figures = order_figures(mixed)
    assert (figures.currency, figures.revenue, figures.average, figures.orders) == ("EUR", 200, 100, 3)
    assert usual_currency([*orders(0), *orders(1, currency="CHF")]) == "CHF", "of two with as many, the later"


def test_average_is_rounded_to_cents() -> None:
    assert order_figures([*orders(0, 1), *orders(2, amount="100.01")]).average == Decimal("100.00")
    assert order_figures([*orders(0, amount="0.01"), *orders(2, amount="0.02")]).average == Decimal("0.02")


facts = st.lists(
    st.builds(
        OrderFact,
        st.dates(date(1950, 1, 1), date(2089, 12, 31)),
        st.decimals(0, Decimal("999999999.99"), places=2, allow_nan=False),
        st.sampled_from(["EUR", "CHF"]),
    ),
    max_size=30,
)


@given(facts)
def test_figures_hold_together(found: list[OrderFact]) -> None:
    figures = order_figures(found)
    assert figures.orders == len(found)
    assert figures == order_figures(list(reversed(found))), "the order of the rows does not matter"
    if not found:
        return
    amounts = [fact.amount for fact in found if fact.currency == figures.currency]
    assert figures.revenue == sum(amounts)
    assert figures.average is not None
    assert min(amounts) <= figures.average <= max(amounts)
    assert figures.last_on == max(fact.ordered_on for fact in found)
    days = {fact.ordered_on for fact in found}
    assert (figures.rhythm_days is None) == (len(days) < 2)
    assert (figures.next_on is None) == (figures.quiet_from_on is None) == (len(days) < 3)
    if figures.next_on is not None and figures.quiet_from_on is not None:
        assert figures.last_on < figures.next_on <= figures.quiet_from_on - timedelta(days=13)


@given(st.sets(st.dates(date(1950, 1, 1), date(2089, 12, 31)), min_size=2))
def test_rhythm_lies_among_the_gaps(days: set[date]) -> None:
    found, rhythm = gaps(days), rhythm_days(days)
    assert rhythm is not None
    assert sum(found) == (max(days) - min(days)).days
    assert min(found) <= rhythm <= max(found)
    assert sum(gap < rhythm for gap in found) <= len(found) / 2 >= sum(gap > rhythm for gap in found)
    assert next_on(max(days), rhythm) > max(days)


def test_delivered_needs_its_day() -> None:
    status = OrderStatus.DELIVERED
    assert slips(status, DAY, None, None) == {"delivered_on": Slip.NO_DELIVERY_DATE}
    assert slips(status, DAY, DAY, None) == {}
    assert slips(OrderStatus.INVOICED, DAY, None, None) == {}, "an invoice may come before the delivery"
    assert slips(OrderStatus.ORDERED, DAY, DAY, None) == {"status": Slip.DELIVERED_ALREADY}
    assert slips(OrderStatus.CANCELLED, DAY, DAY, None) == {}, "what comes back was delivered"
    early = DAY - timedelta(days=1)
    assert slips(status, DAY, early, early) == {
        "delivered_on": Slip.DELIVERED_BEFORE_ORDERED, "delivery_due_on": Slip.DUE_BEFORE_ORDERED,
    }  # fmt: skip


@pytest.mark.parametrize("status", list(OrderStatus))
def test_a_day_of_delivery_makes_delivered_what_was_on_its_way(status: OrderStatus) -> None:
    assert status_with_delivery(status, None) is status
    after = status_with_delivery(status, DAY)
    assert slips(after, DAY, DAY, None) == {}


def test_items_add_up_only_if_all_prices_are_known() -> None:
    worktop = Item("AP-1", "", Decimal("2.5"), Decimal("99.99"))
    assert items_sum((worktop, Item(text="Montage", price=Decimal("0.01")))) == Decimal("249.99")
    assert items_sum((worktop, Item(text="Montage"))) is None
    assert items_sum(()) is None


def test_an_amount_that_was_the_sum_goes_on_being_it() -> None:
    one, two = Item(text="Front", price=Decimal(10)), Item(text="Front", quantity=Decimal(3), price=Decimal(10))
    summed = OrderRecord(1, "A-1", DAY, Decimal(10), items=(one,))
    assert changed_record(summed, {"items": (two,)}).amount == 30
    agreed = OrderRecord(1, "A-1", DAY, Decimal(9), items=(one,))
    assert changed_record(agreed, {"items": (two,)}).amount == 9
    assert changed_record(summed, {"items": (two,), "amount": Decimal(28)}).amount == 28


def test_said_status_stands_and_is_found_wanting() -> None:
    values = {"number": "A-1", "ordered_on": DAY, "amount": Decimal(1), "delivered_on": DAY}
    assert new_record(1, values).status is OrderStatus.DELIVERED
    assert new_record(1, values | {"status": OrderStatus.SHIPPED}).status is OrderStatus.SHIPPED
