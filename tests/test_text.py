"""The canonical form for search, the sort key and text that must fit."""

import unicodedata
from time import perf_counter
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm.text import fold, readable_query, search_terms, shortened, sort_key, text_width


@pytest.mark.parametrize(
    "spellings",
    [
        ("Größmann", "Groessmann", "Grossmann", "GRÖSSMANN", "GRÖẞMANN", unicodedata.normalize("NFD", "Größmann")),
        ("Müller", "Mueller", "Muller", "MÜLLER", " müller "),
        ("Jäger", "Jaeger", "Jager"),
        ("O'Neil", "O’Neil", "ONeil"),
        ("Müller-Lüdenscheid GmbH & Co. KG", "mueller luedenscheid  GmbH Co KG"),
        ("Yıldız", "Yildiz"),
        ("Łódź", "Lodz"),
        ("Æthelred", "Aethelred"),
    ],
)
def test_spellings_of_one_name_are_one(spellings: tuple[str, ...]) -> None:
    assert len({fold(spelling) for spelling in spellings}) == 1


def test_search_finds_a_fragment_in_any_spelling() -> None:
    for query in ("groessman", "größman", "grossma", "ROSSM"):
        assert fold(query) in fold("Größmann Küchen GmbH")


def test_different_names_stay_different() -> None:
    assert fold("Meier") != fold("Maier")
    assert fold("Masse") != fold("Messe")


def test_other_scripts_become_searchable() -> None:
    assert fold("Иванов") == "ivanov"


@example("Poeeten")
@given(st.text() | st.text(alphabet="aeouäöü'-2 "))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert sort_key(sort_key(text)) == sort_key(text)
    assert fold(text).isascii()


@given(st.text(alphabet="aäoöuüesßAÄ-' .", max_size=12), st.text(alphabet="aäoöuüesß", max_size=12))
def test_a_beginning_is_found(start: str, end: str) -> None:
    assert fold(start).rstrip() in fold(start + end)


def test_names_sort_as_in_a_german_list() -> None:
    names = ["Zander", "Ärger", "Bauknecht", "Argo", "Bauer", "Filiale 10", "Filiale 2", "Österle", "Osterode", "ßa"]
    assert sorted(names, key=sort_key) == [
        "Ärger",
        "Argo",
        "Bauer",
        "Bauknecht",
        "Filiale 2",
        "Filiale 10",
        "Österle",
        "Osterode",
        "ßa",
        "Zander",
    ]


def test_search_terms() -> None:
    assert search_terms('größ  "Müller GmbH" größ') == ("gross", "muller gmbh")
    assert search_terms('"offen') == ("offen",)
    assert search_terms("O'Neil's & !") == ("oneils",)
    assert search_terms("   ") == ()
    assert len(search_terms(" ".join("abcdefghijkl"))) == 8


def test_folding_is_quick() -> None:
    names = [f"Größmann Küchen GmbH & Co. KG {n}" for n in range(10_000)]
    began = perf_counter()
    for name in names:
        fold(name)
    assert perf_counter() - began < 0.5, "usually 0.06 s"


def test_text_is_shortened_to_its_room() -> None:
    assert shortened("Messe", 11, 200) == "Messe"
    cut = shortened("Bewertungsportal", 11, 60)
    assert cut.endswith("…")
    assert text_width(cut, 11) <= 60
    assert shortened("Messe", 11, 1) == "…"


def test_a_stored_query_is_read_by_people() -> None:
    assert (
        readable_query("q=Emre+Y%C4%B1ld%C4%B1z&mail=emre%40yildiz.example") == "q=Emre Yıldız&mail=emre@yildiz.example"
    )


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1) | st.text(alphabet="%&+#=; aä", min_size=1)))
@example({"q": "100 % & mehr + #1"})
def test_a_stored_query_says_what_the_address_said(said: dict[str, str]) -> None:
    plain = {name.replace("\x00", ""): value.replace("\x00", "") for name, value in said.items()}
    said = {name: value for name, value in plain.items() if name and value}
    assert dict(parse_qsl(readable_query(urlencode(said)))) == said
