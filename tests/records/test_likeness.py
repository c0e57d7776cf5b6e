"""Are these two the same customer? The rule, with literals, and on labelled data that it was not made with."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import combinations
from typing import Any

import pytest

from bench.labelled import generate
from bench.labelled_people import HELD_OUT
from bench.labelled_records import Record, precision_and_recall
from crm.records.blocking import MOST, block_keys
from crm.records.likeness import Portrait, likeness, portrait
from crm.records.name_forms import are_related, core_of, sound_of, street_of

HOME = ("Lange Gasse 12", "90403", "Nürnberg")


def person(given: str, family: str, **more: Any) -> Portrait:
    return portrait("person", given_name=given, family_name=family, **more)


def firm(name: str, **more: Any) -> Portrait:
    return portrait("organisation", name=name, **more)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (("Johannes", "Größmann"), ("Hans", "Groessmann"), "given_nickname"),
        (("Kathi", "Weber"), ("Katharina", "Weber"), "given_nickname"),
        (("Robert", "Weber"), ("Bob", "Weber"), "given_nickname"),
        (("Weber", "Anna"), ("Anna", "Weber"), "names_swapped"),
        (("Anna", "Meier"), ("Anna", "Mayer"), "family_sounds"),
        (("Anna", "Schmidt"), ("Anna", "Schmitd"), "family_similar"),
        (("Anna", "Weber"), ("Anna", "Weber-Kluge"), "family_part"),
        (("Anna Maria", "Weber"), ("Anna", "Weber"), "given_part"),
        (("Thorsten", "Weber"), ("Torsten", "Weber"), "given_nickname"),
    ],
)
def test_one_person_written_in_two_ways(one: tuple[str, str], other: tuple[str, str], reason: str) -> None:
    found = likeness(person(*one, emails=["w@x.example"]), person(*other, emails=["w@x.example"]))
    assert found.is_likely
    assert reason in found.reasons


def test_a_married_name_is_recognised_by_two_things_that_stayed() -> None:
    before = person("Anna", "Weber", birthday=date(1980, 5, 2), phones=["+491712204511"])
    after = person("Anna", "Kluge", birthday=date(1980, 5, 2), phones=["+491712204511"])
    assert likeness(before, after).is_likely
    assert not likeness(
        person("Anna", "Weber", phones=["+491712204511"]), person("Anna", "Kluge", phones=["+491712204511"])
    ).is_likely


def test_father_and_son_at_one_address_are_two() -> None:
    shared: dict[str, Any] = {"places": [HOME], "phones": ["+49911551230"], "emails": ["familie@weber.example"]}
    father, son = (
        person("Karl", "Weber", birthday=date(1950, 1, 2), **shared),
        person("Jonas", "Weber", birthday=date(1979, 8, 1), **shared),
    )
    assert not likeness(father, son).is_likely
    namesake = person("Karl", "Weber", birthday=date(1979, 8, 1), places=[HOME], phones=["+49911551230"])
    assert not likeness(person("Karl", "Weber", birthday=date(1950, 1, 2), places=[HOME]), namesake).is_likely


@pytest.mark.parametrize(
    ("one", "other"), [("Martin", "Martina"), ("Gabriel", "Gabriele"), ("Petra", "Paul"), ("Andreas", "Andrea")]
)
def test_spouses_who_share_everything_are_two(one: str, other: str) -> None:
    shared: dict[str, Any] = {"places": [HOME], "phones": ["+49911551230"], "emails": ["familie@weber.example"]}
    assert not likeness(person(one, "Weber", **shared), person(other, "Weber", **shared)).is_likely


def test_a_name_alone_proves_nothing() -> None:
    assert not likeness(person("Thomas", "Müller"), person("Thomas", "Müller")).is_likely
    assert not likeness(
        person("Thomas", "Müller", places=[HOME]), person("Thomas", "Müller", places=[("Ring 3", "90403", "Nürnberg")])
    ).is_likely
    assert not likeness(firm("Malerbetrieb Müller"), firm("Malerbetrieb Müller")).is_likely


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Größmann Küchen GmbH", "Groessmann Küchen Gesellschaft mit beschränkter Haftung"),
        ("Weber & Kluge GmbH & Co. KG", "Weber und Kluge"),
        ("Gebr. Schäfer OHG", "Gebrüder Schäfer"),
        ("Schreinerei Hofer", "Schreinerei Hofer Nürnberg"),
        ("Datafox-Medien AG", "Data Fox Medien AG"),
        ("Metallbau Schneider GmbH", "Metalbau Schnieder GbmH"),
        ("Ingenieurbüro Koch", "Ing.-Büro Koch"),
    ],
)
def test_one_firm_written_in_two_ways(one: str, other: str) -> None:
    found = likeness(firm(one, places=[HOME]), firm(other, places=[HOME]))
    assert found.is_likely, found


def test_branches_of_a_chain_are_not_one() -> None:
    here = firm(
        "Brillenwelt GmbH",
        places=[HOME],
        phones=["+49911551230"],
        emails=["info@brillenwelt.example"],
        website="brillenwelt.example",
    )
    there = firm("Brillenwelt GmbH", places=[("Markt 1", "90762", "Fürth")], phones=["+4991188123"], emails=["info@brillenwelt.example"],
                 website="https://www.brillenwelt.example/fuerth")  # fmt: skip
    found = likeness(here, there)
    assert not found.is_likely
    assert "branch" in found.reasons


def test_sister_companies_behind_one_door_are_two() -> None:
    shared: dict[str, Any] = {"places": [HOME], "phones": ["+49911551230"]}
    assert not likeness(firm("Hofer Holding GmbH", **shared), firm("Hofer Verwaltung GmbH", **shared)).is_likely
    assert not likeness(firm("Hofer Bau GmbH", **shared), firm("Apotheke Huber", **shared)).is_likely


def test_somebody_at_two_firms_and_the_owner_of_one_are_no_duplicates() -> None:
    contact: dict[str, Any] = {"emails": ["anna@weber.example"], "phones": ["+491712204511"]}
    assert not likeness(firm("Hofer Bau GmbH", **contact), firm("Kluge Optik AG", **contact)).is_likely
    assert likeness(firm("Anna Weber", **contact), person("Anna", "Weber", **contact)).score == 0


def test_the_rule_does_not_care_which_comes_first() -> None:
    records = [drawn(record) for record in generate(300, seed=4).records]
    for one, other in combinations(records[:120], 2):
        assert likeness(one, other) == likeness(other, one) or set(likeness(one, other).reasons) == set(
            likeness(other, one).reasons
        )


def test_forms_of_names() -> None:
    assert core_of("Müller GmbH & Co. KG")[0] == ("muller",)
    assert core_of("Schmidt & Co. KG") == (("schmidt",), "undcokg")
    assert street_of("Bahnhofstr. 12 a") == street_of("Bahnhofstraße 12A") == ("bahnhofstr", "12a")
    assert sound_of("meier") == sound_of("mayr") == "67"
    assert are_related("hans", "johannes")
    assert not are_related("hans", "katharina")


def test_precision_and_recall_on_labelled_data() -> None:
    """On data that the rule was not made with, by way of the blocks, as the search does it."""
    labelled = generate(6_000, HELD_OUT)
    portraits = [drawn(record) for record in labelled.records]
    blocks: dict[int, list[int]] = defaultdict(list)
    for place, subject in enumerate(portraits):
        for key in block_keys(subject):
            blocks[key].append(place)
    candidates = {pair for block in blocks.values() if len(block) <= MOST for pair in combinations(block, 2)}
    found = {(one, other) for one, other in candidates if likeness(portraits[one], portraits[other]).is_likely}
    precision, recall = precision_and_recall(found, labelled.truth)
    assert len(labelled.truth) > 500
    assert all(
        labelled.hard[kind]
        for kind in ("family", "couple", "twins", "namesakes", "branches", "two_employers", "sisters")
    )
    assert precision > 0.97, precision
    assert recall > 0.97, recall


def drawn(record: Record) -> Portrait:
    return portrait(
        record.kind, name=record.name, given_name=record.given_name, family_name=record.family_name, birthday=record.birthday,
        emails=(record.email, record.contact_email), phones=(record.phone, record.contact_phone),
        places=[(record.street, record.postcode, record.city)], website=record.website,
    )  # fmt: skip
