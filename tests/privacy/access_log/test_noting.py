"""What of a request is noted, told with literals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crm.privacy.access_log.noting import Looker, Searched, opened, searched

NOW = datetime(2026, 11, 27, 9, 15, tzinfo=UTC)
PETRA = Looker(1, "sales", "customers.view")


def test_the_last_number_of_an_address_is_what_was_looked_at() -> None:
    entry = opened(PETRA, "/customers/7/persons/9", {"customer_id": 7, "person_id": 9}, NOW)
    assert entry is not None
    assert (entry.subject_kind, entry.subject_id, entry.via, entry.counts) == ("person", 9, "page", True)


def test_what_is_about_nobody_is_not_noted() -> None:
    assert opened(PETRA, "/touchpoints/3", {"touchpoint_id": 3}, NOW) is None
    assert searched(PETRA, "/products", "Spüle", None, NOW) is None
    assert searched(PETRA, "/customers", " \x00 ", 3, NOW) is None


def test_a_program_is_told_from_a_page() -> None:
    entry = opened(PETRA, "/api/v1/tickets/4", {"ticket_id": 4}, NOW)
    found = searched(PETRA, "/api/v1/customers", "größmann", 2, NOW)
    assert entry is not None
    assert entry.via == "api"
    assert found is not None
    assert (found.place, found.words, found.via) == ("customers", "größmann", "api")


def test_a_search_that_is_typed_on_is_the_same_search() -> None:
    def typed(words: str, user: int = 1, place: str = "search") -> Searched:
        return Searched(Looker(user, "sales", "signed_in"), place, words, 1, "page", NOW + timedelta(seconds=1))

    assert typed("Größmann").goes_on(typed("grö"))
    assert typed("grö").goes_on(typed("Größmann"))
    assert not typed("Maier").goes_on(typed("Größmann"))
    assert not typed("Größmann", user=2).goes_on(typed("grö"))
    assert not typed("Größmann", place="customers").goes_on(typed("grö"))
