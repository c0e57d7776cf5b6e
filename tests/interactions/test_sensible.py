"""What the form of a contact fills in, told with literals."""

import pytest

from crm.interactions.sensible import Here, Place, Proposal, Reason, Use, proposal, usual_places

HOTLINE = Place("hotline", "Hotline", "retention", ("phone",), is_moment=True)
ADVICE = Place("advice", "Beratung", "information", ("phone", "visit"))
INVOICE = Place("invoice", "Rechnung", "retention", ("letter", "email"), is_moment=True)
PLACES = [ADVICE, HOTLINE, INVOICE]
UNCLEAR = Reason("unclear_invoice", "Unklarer Rechnungsposten", "Erklären.", is_moment=True, topic="billing")
ORDER = Reason("order", "Bestellung", touchpoint="advice", topic="order")
REASONS = [UNCLEAR, ORDER]


def test_who_never_logged_anything_begins_with_a_call_of_the_customer() -> None:
    assert proposal(Here(), [], PLACES, REASONS) == Proposal("phone", "inbound")


def test_the_last_use_is_taken_up_with_its_touchpoint_and_that_one_s_phase() -> None:
    uses = [Use("visit", "outbound", "advice"), Use("phone", "inbound", "hotline")]
    said = proposal(Here(), uses, PLACES, REASONS)
    assert (said.channel, said.direction, said.touchpoint, said.phase) == ("visit", "outbound", "advice", "information")
    assert (said.reason, said.is_moment) == ("", False), "a reason is never taken over from another customer"


def test_the_page_of_a_touchpoint_decides_touchpoint_channel_and_moment() -> None:
    said = proposal(Here(touchpoint="invoice"), [Use("phone", "outbound", "hotline")], PLACES, REASONS)
    assert said == Proposal("letter", "outbound", "invoice", "retention", "", is_moment=True)
    same = proposal(Here(touchpoint="invoice"), [Use("email", "outbound")], PLACES, REASONS)
    assert same.channel == "email", "a channel that fits stays"


def test_an_enquiry_decides_channel_and_reason_by_its_topic() -> None:
    said = proposal(Here(channel="email", topic="billing"), [Use("phone", "inbound", "hotline")], PLACES, REASONS)
    assert (said.channel, said.touchpoint, said.reason, said.is_moment) == (
        "email",
        "invoice",
        "unclear_invoice",
        True,
    ), "only one touchpoint has e-mail"


@pytest.mark.parametrize(
    "here", [Here(topic="order"), Here(touchpoint="advice"), Here(reason="order", topic="billing")]
)
def test_a_reason_comes_from_the_page(here: Here) -> None:
    assert proposal(here, [], PLACES, REASONS).reason == "order"


def test_of_two_reasons_none_is_guessed() -> None:
    two = [*REASONS, Reason("fault", "Störung", topic="order")]
    assert proposal(Here(topic="order"), [], PLACES, two).reason == ""


def test_what_is_no_longer_there_is_not_proposed() -> None:
    uses = [Use("phone", "inbound", "gone"), Use("phone", "inbound", "advice")]
    assert usual_places(uses, PLACES) == {"phone": "advice", "visit": "advice", "letter": "invoice", "email": "invoice"}
    assert proposal(Here(touchpoint="gone", channel="fax"), [], PLACES, REASONS) == Proposal("phone", "inbound")
