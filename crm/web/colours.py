"""The company's colour on paper: as chosen where it is a surface, darkened where it is text, so that everything stays readable."""

from __future__ import annotations

import re
from dataclasses import dataclass

PETROL = "#0d6068"
INK, PAPER, BLACK = "#1b2430", "#ffffff", "#000000"
READABLE = 4.5
"""The least contrast of text and its ground (WCAG 2.2, 1.4.3)."""

_WRITTEN = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Palette:
    """`surface` is the company's colour and `on_surface` what is written on it; `accent` is the colour for text, lines and bars on
    white; `pale` is for what stands back."""

    surface: str
    on_surface: str
    accent: str
    pale: str


def colour_from(text: str) -> str | None:
    """A colour written as #0d6068 (the sign may be missing), in small letters; None for anything else."""
    colour = "#" + text.strip().lower().removeprefix("#")
    return colour if _WRITTEN.fullmatch(colour) else None


def palette(colour: str = PETROL) -> Palette:
    """What a report is printed in. A colour that can't be read on white is darkened for text; on a surface stands white, else ink, else
    black: one of white and black can be read on any colour."""
    on_surface = next(one for one in (PAPER, INK, BLACK) if contrast(one, colour) >= READABLE)
    accent = colour
    while contrast(accent, PAPER) < READABLE:
        accent = mixed(accent, "#000000", 0.06)
    return Palette(colour, on_surface, accent, mixed(accent, PAPER, 0.7))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: str, other: str, share: float) -> str:
    """The colour with so much (0 to 1) of another one in it."""
    parts = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in _channels(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
