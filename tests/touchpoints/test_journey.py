"""The journey drawing: what it shows, that its curve doesn't lie and that its names don't collide."""

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

from crm.touchpoints.curves import beziers, samples
from crm.touchpoints.describing import journey_description
from crm.touchpoints.journey import JourneyDrawing, JourneyPoint, journey_drawing
from crm.web.i18n import catalogue

PHASES = ["Aktivierung", "Information", "Aktion", "Kundenbindung"]
FAIR = JourneyPoint("Aktivierung", 1, "Messe", 3.9, 18, (3.6, 4.2), 18, target=4.2, department="Vertrieb")
SITE = JourneyPoint("Aktivierung", 2, "Webseite", 4.3, 74, (4.1, 4.5), 74, target=4.2, staff_mean=4.6)
OFFER = JourneyPoint("Information", 1, "Angebot", 3.7, 31, (3.4, 3.9), 31, target=4.2, staff_mean=4.4)
ORDER = JourneyPoint("Aktion", 1, "Bestellung", 4.6, 58, (4.4, 4.7), 58, target=4.2)
BILL = JourneyPoint("Kundenbindung", 1, "Rechnung", 2.6, 112, (2.3, 2.9), 112, is_moment_of_truth=True, target=4.2)
PORTAL = JourneyPoint("Kundenbindung", 2, "Bewertungsportal", None, 0, None, 12)
CREDIT = JourneyPoint("Kundenbindung", 3, "Gutschrift", 4.8, 3, (3.0, 5.0), 4, target=4.2)
USUAL = (
    *("Anzeige", "Messe", "Webseite", "Beratung", "Katalog", "Angebot"),
    *("Bestellung", "Lieferung", "Montage", "Rechnung", "Hotline", "Bewertungsportal"),
)
POINTS = [CREDIT, FAIR, SITE, OFFER, ORDER, BILL, PORTAL]


def drawing(points: list[JourneyPoint] = POINTS, width: float = 1000, height: float = 300) -> JourneyDrawing:
    return journey_drawing(
        PHASES, points, width=width, height=height, target=4.2, target_label="Ziel", has_details=True, alarm="Moment"
    )


def test_touchpoints_stand_in_the_order_of_their_phases() -> None:
    drawn = drawing()
    assert [dot.point for dot in drawn.dots] == [FAIR, SITE, OFFER, ORDER, BILL, PORTAL, CREDIT]
    assert all(left.x < right.x for left, right in pairwise(drawn.dots))
    assert [band.name for band in drawn.bands] == PHASES


def test_higher_is_better_and_larger_is_more() -> None:
    dots = {dot.point.name: dot for dot in drawing().dots}
    assert dots["Bestellung"].y < dots["Messe"].y < dots["Rechnung"].y
    assert dots["Rechnung"].r > dots["Bestellung"].r > dots["Messe"].r
    assert (dots["Webseite"].r - 4) ** 2 / (dots["Rechnung"].r - 4) ** 2 == pytest.approx(74 / 112, abs=0.02)


def test_only_a_moment_of_truth_below_target_alarms() -> None:
    dots = {dot.point.name: dot for dot in drawing().dots}
    assert [name for name, dot in dots.items() if dot.is_alarming] == ["Rechnung"]
    label = dots["Rechnung"].label
    assert label is not None
    assert label.text == "Rechnung · Moment"


def test_few_answers_are_hollow_and_none_are_a_tick_at_the_foot() -> None:
    drawn = drawing()
    dots = {dot.point.name: dot for dot in drawn.dots}
    assert [name for name, dot in dots.items() if dot.is_hollow] == ["Bewertungsportal", "Gutschrift"]
    assert not dots["Bewertungsportal"].is_measured
    assert dots["Bewertungsportal"].y == drawn.foot
    assert drawn.gap_path.count("C") == 1
    assert drawn.path.count("C") == 4


def test_phase_without_touchpoints_keeps_its_place() -> None:
    bands = drawing([FAIR, BILL]).bands
    assert [band.is_empty for band in bands] == [False, True, True, False]
    assert all(band.width > 50 for band in bands)


def test_staff_view_is_a_line_of_its_own() -> None:
    drawn = drawing()
    assert drawn.staff_path.count("C") == 1
    assert len(drawn.staff_marks) == 2
    one = drawing([FAIR, SITE])
    assert one.staff_path == ""
    assert len(one.staff_marks) == 1


def test_fixed_scale_makes_periods_comparable() -> None:
    good, bad = [SITE, ORDER], [SITE, ORDER, BILL]
    heights = [journey_drawing(PHASES, points, width=600, height=200, lowest=1).dots[0].y for points in (good, bad)]
    assert heights[0] == heights[1]
    assert [line.value for line in drawing(bad).grid] == [2, 3, 4, 5]


def test_no_touchpoints_at_all() -> None:
    drawn = drawing([])
    assert (drawn.path, drawn.dots, drawn.width) == ("", (), 1000)


def test_unknown_phase_is_an_error() -> None:
    with pytest.raises(ValueError, match="Reise"):
        drawing([JourneyPoint("Reise", 1, "Messe")])


names = st.text(alphabet="abcdefghiklmnoprstuwzABMWÄöß -", min_size=1, max_size=28).map(str.strip).filter(bool)
points = st.builds(
    JourneyPoint,
    phase=st.sampled_from(PHASES),
    position=st.integers(1, 20),
    name=names,
    mean=st.none() | st.floats(1, 5),
    n=st.integers(0, 40),
    volume=st.integers(0, 500),
    is_moment_of_truth=st.booleans(),
    target=st.just(4.0),
    department=st.sampled_from(["", "Innendienst"]),
)


@settings(max_examples=120)
@given(st.lists(points, max_size=14), st.sampled_from([(340.0, 130.0), (1000.0, 150.0), (620.0, 280.0)]), st.booleans())
def test_names_never_collide(some: list[JourneyPoint], size: tuple[float, float], has_details: bool) -> None:
    drawn = journey_drawing(PHASES, some, width=size[0], height=size[1], has_details=has_details, alarm="Moment")
    labels = [dot.label for dot in drawn.dots if dot.label is not None]
    for one, other in combinations(labels, 2):
        assert not one.box.overlaps(other.box)
    for label in labels:
        assert label.box.left >= 0
        assert label.box.right <= drawn.width
        assert label.box.top >= 20
        assert label.box.bottom <= drawn.height
    if not has_details:
        assert len(labels) >= 0.8 * len(drawn.dots)
        if size[1] >= 280:
            assert len(labels) == len(drawn.dots)


def test_all_names_of_a_usual_catalogue_are_shown() -> None:
    named = [JourneyPoint(PHASES[n // 3], n, name, 3 + n % 3 * 0.7, 20, None, 30) for n, name in enumerate(USUAL)]
    for width, height in ((340, 130), (760, 130), (1000, 300)):
        drawn = journey_drawing(PHASES, named, width=width, height=height)
        assert all(dot.label is not None for dot in drawn.dots)


@given(st.lists(st.floats(0, 300), min_size=2, max_size=12))
def test_curve_stays_between_what_was_measured(heights: list[float]) -> None:
    measured = [(40.0 * n, y) for n, y in enumerate(heights)]
    for curve in beziers(measured):
        low, high = sorted((curve[0][1], curve[3][1]))
        assert all(low - 1e-6 <= y <= high + 1e-6 for _x, y in samples([curve]))


def test_description_tells_the_same_in_words() -> None:
    told = journey_description(drawing([FAIR, BILL, PORTAL, CREDIT]), catalogue("de").gettext, language="de")
    assert told == (
        "Aktivierung: Messe 3,9 von 5 (18 Antworten, unter Ziel). Information: keine Kontaktpunkte. "
        "Aktion: keine Kontaktpunkte. Kundenbindung: Rechnung 2,6 von 5 (112 Antworten, Moment der Wahrheit, "
        "unter Ziel); Bewertungsportal ohne Antworten; Gutschrift 4,8 von 5 (3 Antworten, unsicher)."
    )


def test_description_tells_staffs_view_apart() -> None:
    told = journey_description(drawing([FAIR, SITE, OFFER]), catalogue("de").gettext, language="de")
    assert "Webseite 4,3 von 5 (74 Antworten)" in told
    assert told.endswith("Unser eigener Eindruck, von 5: Webseite 4,6; Angebot 4,4.")


def test_legend_names_both_series() -> None:
    templates = Environment(loader=FileSystemLoader(Path(__file__).parents[2] / "templates"), autoescape=True)
    source = """{% from "_journey.html" import journey, print_palette %}{{ journey(d, "T", "x", print_palette, ("Kunde", "Wir")) }}"""
    both = templates.from_string(source).render(d=drawing())
    assert both.index("Kunde") < both.index("Wir")
    assert "Wir" not in templates.from_string(source).render(d=drawing([FAIR]))


def test_template_draws_without_inline_style() -> None:
    templates = Environment(loader=FileSystemLoader(Path(__file__).parents[2] / "templates"), autoescape=True)
    source = """{% from "_journey.html" import journey, print_palette %}
        {{ journey(d, "Die <Reise>", "x", print_palette) }}"""
    html = templates.from_string(source).render(d=drawing())
    assert "<title>Die &lt;Reise&gt;</title>" in html
    assert "style=" not in html
    assert "var(" not in html
    assert html.count("<circle") == 6
    assert "#b3502a" in html


def test_two_hundred_touchpoints_are_not_squeezed_into_a_window() -> None:
    """A little too wide becomes a little smaller; a map of many keeps its size and scrolls, or nobody could read a name."""
    templates = Environment(loader=FileSystemLoader(Path(__file__).parents[2] / "templates"), autoescape=True)
    template = templates.from_string("""{% from "_journey.html" import journey %}{{ journey(d, "Reise", "x") }}""")
    many = [JourneyPoint("Aktion", n, f"Kontaktpunkt {n}", 4.0, 9, None, 9, target=4.2) for n in range(200)]
    wide = journey_drawing(PHASES, many, width=1000, height=250, has_details=True)
    assert wide.width > 4000
    assert 'class="journey-drawing map"' in template.render(d=drawing())
    assert 'class="journey-drawing"' in template.render(d=wide)
