"""Where a mail belongs, by literals."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.interactions.addresses import Match
from crm.interactions.incoming.deciding import Facts, KnownTicket, Way, place_of
from crm.tickets.references import plain_subject, reference_of, referred

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
ANNA, STUDIO = Match(1, 11), Match(2, None)
HERS = KnownTicket(7, 1, None, True)
OTHERS = KnownTicket(8, 2, None, False)


def facts(**known: object) -> Facts:
    return Facts(**{"address": "anna@x.example", "senders": (ANNA,), **known})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "way", "ticket_id"),
    [
        ({}, Way.OPEN, None),
        ({"senders": ()}, Way.PROSPECT, None),
        ({"senders": (ANNA, STUDIO)}, Way.QUARANTINE, None),
        ({"answered": HERS}, Way.APPEND, 7),
        ({"answered": HERS, "senders": ()}, Way.APPEND, 7),  # a colleague of hers has our mail
        ({"answered": HERS, "referred": OTHERS, "is_marked": True}, Way.APPEND, 7),  # headers first
        ({"referred": HERS}, Way.APPEND, 7),
        ({"referred": HERS, "is_marked": True}, Way.APPEND, 7),
        ({"referred": OTHERS, "senders": ()}, Way.QUARANTINE, 8),
        ({"referred": OTHERS, "is_marked": True}, Way.QUARANTINE, 8),
        ({"referred": OTHERS}, Way.OPEN, None),  # "#8" of a customer whom we know means something of theirs
        ({"is_auto_reply": True}, Way.ASIDE, None),
        ({"is_auto_reply": True, "answered": HERS}, Way.NOTE, 7),
        ({"is_list": True}, Way.ASIDE, None),
        ({"is_list": True, "answered": HERS}, Way.APPEND, 7),
        ({"is_bounce": True, "answered": HERS, "address": ""}, Way.CAME_BACK, 7),
        ({"is_our_box": True}, Way.ASIDE, None),
        ({"is_staff": True}, Way.QUARANTINE, None),
        ({"address": "", "senders": ()}, Way.QUARANTINE, None),
        ({"senders": (), "answered": KnownTicket(9, 3, None, False, True)}, Way.OFFICER, None),
        ({"senders": (), "referred": KnownTicket(9, 3, None, False, True), "is_marked": True}, Way.OFFICER, None),
        ({"senders": (), "referred": KnownTicket(9, 3, None, False, True)}, Way.PROSPECT, None),
        ({"senders": (Match(1, 11, True),), "answered": HERS}, Way.OFFICER, None),
    ],
)
def test_a_mail_goes_where_it_belongs(known: dict[str, object], way: Way, ticket_id: int | None) -> None:
    place = place_of(facts(**known), NOW)
    assert (place.way, place.ticket_id) == (way, ticket_id)


@pytest.mark.parametrize(("days", "way"), [(30, Way.APPEND), (31, Way.OPEN)])
def test_a_reply_reopens_for_thirty_days_and_then_opens_a_linked_one(days: int, way: Way) -> None:
    solved = KnownTicket(7, 1, NOW - timedelta(days=days), True)
    place = place_of(facts(answered=solved), NOW)
    assert (place.way, place.ticket_id, place.sender) == (way, 7, ANNA)


def test_a_reference_is_recognised_and_cannot_be_made_up() -> None:
    ours = reference_of(1234, b"secret")
    assert referred(f"AW: Lieferung {ours}", b"secret") == [(1234, True)]
    assert referred(f"AW: Lieferung {ours.upper()}", b"secret") == [(1234, True)]
    assert referred("[#1234-aaaaaaaa]", b"secret") == [(1234, False)]
    assert referred(f"{ours} und #77", b"other") == [(1234, False), (77, False)]
    assert referred("Bestellung A#12, Haus 4#5, Teil a/#9", b"secret") == []


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("AW: Re: WG: Wann kommt sie?", "Wann kommt sie?"), ("Re[2]: Küche [#12-abcdefgh]", "Küche"), ("Regale", "Regale"),
        ("Fwd: ", ""), ("Bestellung #4711 fehlt", "Bestellung #4711 fehlt"),
    ],
)  # fmt: skip
def test_a_subject_loses_what_mail_programs_put_before_it(subject: str, plain: str) -> None:
    assert plain_subject(subject) == plain
