"""A logo may be drawn: what is kept of it are points, and what runs or fetches is refused."""

from __future__ import annotations

from time import process_time

import pytest

from crm.files.drawings import WIDTH, is_drawing, points_of
from crm.files.kinds import image_type

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><rect width="120" height="40" fill="#0d6068"/></svg>'


async def test_a_drawing_becomes_points_that_are_fine_enough_to_print() -> None:
    drawn = await points_of(LOGO.encode())
    assert image_type(drawn) == "image/png"
    assert int.from_bytes(drawn[16:20]) == WIDTH


async def test_a_drawing_may_begin_as_programs_write_it() -> None:
    start = '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<!-- made with a program -->\n'
    assert await points_of((start + LOGO).encode())


async def test_many_notes_at_the_start_are_read_as_quickly_as_one() -> None:
    notes = "<!-- made with a program -->\n" * 200
    assert await points_of((notes + LOGO).encode())
    assert await points_of((notes + "<!DOCTYPE svg>" + notes + LOGO).encode())
    assert await points_of((notes + "<p><svg></svg></p>").encode()) == b""


@pytest.mark.parametrize(
    "text",
    ["<!-- <svg " * 20_000, "<svg " * 100_000, LOGO + "url(" + " " * 100_000 + "#a)", "<svg width" + " " * 100_000],
    ids=["notes", "beginnings", "spaces", "a size"],
)
def test_looking_at_a_drawing_takes_no_longer_than_reading_it(text: str) -> None:
    began = process_time()
    is_drawing(text)
    assert process_time() - began < 2  # seconds of work; hours if each start is looked at to the end


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<image href="file:///etc/passwd" width="9" height="9"/>',
        '<image xlink:href="http://192.0.2.1/x.png" width="9" height="9"/>',
        '<image href="&#104;ttp://192.0.2.1/x.png" width="9" height="9"/>',
        '<rect width="9" height="9" style="fill:url(http://192.0.2.1/x.svg#a)"/>',
        "<style>@import 'http://192.0.2.1/x.css';</style>",
        "<foreignObject><p>x</p></foreignObject>",
        '<rect width="9" height="9" onload="alert(1)"/>',
    ],
)
async def test_what_runs_or_fetches_is_refused(inside: str) -> None:
    assert await points_of(LOGO.replace("</svg>", inside + "</svg>").encode()) == b""


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe\x00", b"<html><svg></svg></html>", b"<svg", b"<svg>not closed",
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>',
    ],
)  # fmt: skip
async def test_what_is_no_drawing_is_none(content: bytes) -> None:
    assert await points_of(content) == b""
