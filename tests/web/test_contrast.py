"""Text and its ground reach 4.5:1, edges that must be seen 3:1, in both themes (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re

import pytest

from crm.web.assets import STATIC

_TOKEN = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
TOKENS = {name: pair for name, *pair in _TOKEN.findall((STATIC / "css" / "tokens.css").read_text(encoding="utf-8"))}
THEMES = {"light": 0, "dark": 1}

TEXT_ON_GROUND = [
    *((text, ground) for text in ("ink", "soft", "petrol") for ground in ("paper", "card", "hover")),
    *((text, ground) for text in ("rust", "amber", "good") for ground in ("paper", "card", "hover")),
    *(("ink", f"{tone}-tint") for tone in ("petrol", "rust", "amber", "good")),
    *((f"{tone}-ink", f"{tone}-tint") for tone in ("rust", "amber", "good")),
    ("petrol", "petrol-tint"),
    ("soft", "amber-tint"),
    ("soft", "petrol-tint"),
    ("on-petrol", "petrol"),
    ("on-petrol", "petrol-deep"),
    ("on-rust", "rust"),
]
EDGE_ON_GROUND = [("edge", ground) for ground in ("paper", "card", "hover")] + [
    ("focus", ground) for ground in ("paper", "card")
]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_can_be_read(text: str, ground: str, theme: str) -> None:
    at = THEMES[theme]
    assert contrast(TOKENS[text][at], TOKENS[ground][at]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGE_ON_GROUND)
def test_edges_can_be_seen(edge: str, ground: str, theme: str) -> None:
    at = THEMES[theme]
    assert contrast(TOKENS[edge][at], TOKENS[ground][at]) >= 3
