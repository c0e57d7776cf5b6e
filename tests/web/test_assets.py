"""Static files: addresses that name their content, sent small, cached for ever, and asked for once."""

import gzip
import io
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import brotli
import httpx
import pytest
from fontTools.ttLib import TTFont
from litestar import Litestar, Response

from crm.errors import NotFound
from crm.web import assets as module
from crm.web import fonts
from crm.web.assets import _script, asset, assets, router
from crm.web.fonts import INTER, cut_font, printed_fonts
from crm.web.render import TEMPLATES


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar(
        [router],
        openapi_config=None,
        exception_handlers={NotFound: lambda request, error: Response(b"", status_code=404)},
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=cast(Any, app)), base_url="http://localhost"
    ) as client:
        yield client


@pytest.fixture
def without_built_font(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(module, "BUILT_FONT", tmp_path / "inter.woff2")
    assets.cache_clear()
    yield
    assets.cache_clear()


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("css/app.css", "text/css; charset=utf-8"),
        ("js/app.js", "text/javascript; charset=utf-8"),
        ("js/htmx.js", "text/javascript; charset=utf-8"),
        ("icons/icons.svg", "image/svg+xml"),
    ],
)
async def test_file_is_sent_whole_and_may_be_kept_for_ever(
    client: httpx.AsyncClient, path: str, media_type: str
) -> None:
    answer = await client.get(asset(path), headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.content == assets()[path].body
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "accept-encoding"
    assert "content-encoding" not in answer.headers


async def test_browser_gets_brotli_older_one_gzip(client: httpx.AsyncClient) -> None:
    whole = assets()["css/app.css"].body
    for accepted, coding in (("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip")):
        async with client.stream("GET", asset("css/app.css"), headers={"accept-encoding": accepted}) as answer:
            sent = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == coding
        assert (brotli.decompress(sent) if coding == "br" else gzip.decompress(sent)) == whole
        assert len(sent) < len(whole) / 3


async def test_known_file_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get(asset("js/app.js"))
    again = await client.get(asset("js/app.js"), headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]


async def test_address_from_before_an_update_gets_todays_file_but_not_for_ever(client: httpx.AsyncClient) -> None:
    answer = await client.get("/static/000000000000/css/app.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["css/tokens.css", "js/nothing.js", "../assets.py", "%2e%2e/assets.py"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/static/{assets()['css/app.css'].digest}/{path}")
    assert answer.status_code == 404


def test_address_follows_the_content() -> None:
    before = module._asset("a.css", b"a { color: red }", "text/css")
    after = module._asset("a.css", b"a { color: blue }", "text/css")
    assert before.url != after.url
    assert before.url == module._asset("a.css", b"a { color: red }", "text/css").url


def test_file_that_does_not_exist_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        asset("css/nothing.css")


def test_reading_and_compressing_takes_a_blink() -> None:
    assets.cache_clear()
    started = time.process_time()
    assets()
    assert time.process_time() - started < 0.2


def test_style_sheet_is_one_file_that_names_existing_ones() -> None:
    sheet = assets()["css/app.css"].body.decode()
    assert "@import" not in sheet
    addresses = re.findall(r'url\("([^"]+)"\)', sheet)
    assert addresses == [asset("fonts/inter")]


def test_every_custom_property_in_use_is_defined() -> None:
    sheet = assets()["css/app.css"].body.decode()
    assert set(re.findall(r"var\((--[a-z-]+)", sheet)) <= set(re.findall(r"(--[a-z-]+):", sheet))


def test_templates_name_existing_files_and_icons() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z_-]+)"', assets()["icons/icons.svg"].body.decode()))
    wrong = []
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        wrong += [
            f"{path.name}: {name}"
            for name in re.findall(r"asset\(['\"]([^'\"]+)['\"]\)", source)
            if name not in assets()
        ]
        wrong += [
            f"{path.name}: {name}" for name in re.findall(r"\bicon\(['\"]([^'\"]+)['\"]", source) if name not in drawn
        ]
    assert not wrong


def test_pages_hold_no_inline_style_or_script() -> None:
    """The Content-Security-Policy would block them silently. Mails and PDFs have no such policy."""
    pages = [
        path for path in TEMPLATES.rglob("*.html") if path.relative_to(TEMPLATES).parts[0] not in ("mail", "reports")
    ]
    inline = re.compile(r"""\sstyle=|\son[a-z]+=|hx-on|<style|<script(?![^>]*\ssrc=)|javascript:""")
    wrong = [
        f"{path.name}: {found[0]}" for path in pages for found in inline.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not wrong


@pytest.mark.usefixtures("without_built_font")
async def test_whole_font_stands_in_where_none_was_cut(client: httpx.AsyncClient) -> None:
    answer = await client.get(asset("fonts/inter"))
    assert answer.content == INTER.read_bytes()
    assert answer.headers["content-type"] == "font/ttf"


def test_cut_font_has_what_european_names_need() -> None:
    cut = cut_font()
    assert len(cut) < 100_000
    font = TTFont(io.BytesIO(cut))
    assert not [sign for sign in "ÄÖÜßẞéŁőğışČđñ€„“‚‘–—…·×−→↵⌘✓Ẽ" if ord(sign) not in font.getBestCmap()]
    weight = next(axis for axis in font["fvar"].axes if axis.axisTag == "wght")
    assert (weight.minValue, weight.maxValue) == (400, 700)


def test_tabular_figures_leave_spaces_and_hyphens_alone() -> None:
    table = TTFont(io.BytesIO(cut_font()))["GSUB"].table
    features = [record.Feature for record in table.FeatureList.FeatureRecord if record.FeatureTag == "tnum"]
    replaced = {
        name
        for feature in features
        for index in feature.LookupListIndex
        for part in table.LookupList.Lookup[index].SubTable
        for name in part.mapping
    }
    assert "one" in replaced
    assert not {"space", "hyphen"} & replaced


def test_print_has_a_plain_file_for_each_weight_with_the_alphabets_of_europe() -> None:
    made = {weight: TTFont(io.BytesIO(content)) for weight, content in printed_fonts().items()}
    assert list(made) == [400, 600, 700]
    for weight, font in made.items():
        assert "fvar" not in font
        assert font["OS/2"].usWeightClass == weight
        assert not [sign for sign in "ÄßẞőğŁ€„“–…×→▲▼●○◆✓ΩΔήЖЩїґ" if ord(sign) not in font.getBestCmap()]


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(fonts, "BUILT", tmp_path / "built")
    monkeypatch.setattr(fonts, "BUILT_FONT", tmp_path / "built" / "inter.woff2")
    monkeypatch.setattr(fonts, "cut_font", lambda: b"cut")
    monkeypatch.setattr(fonts, "printed_fonts", lambda: dict.fromkeys(fonts.PRINTED_WEIGHTS, b"plain"))
    return tmp_path / "built"


def test_building_writes_the_fonts_once(monkeypatch: pytest.MonkeyPatch, built: Path) -> None:
    fonts.build()
    assert (built / "inter.woff2").read_bytes() == b"cut"
    assert (built / "print-600.ttf").read_bytes() == b"plain"
    monkeypatch.setattr(fonts, "cut_font", lambda: pytest.fail("was cut again"))
    monkeypatch.setattr(fonts, "printed_fonts", lambda: pytest.fail("was cut again"))
    fonts.build()
    assert {path.name for path in built.iterdir()} == {"inter.woff2", *(f"print-{n}.ttf" for n in (400, 600, 700))}


def test_print_takes_the_whole_font_where_a_weight_is_missing(built: Path) -> None:
    fonts.build()
    assert [weight for _address, weight in fonts.faces_in_print()] == ["400", "600", "700"]
    (built / "print-700.ttf").unlink()
    assert fonts.faces_in_print() == [(INTER.as_uri(), "100 900")]


def test_the_parts_of_the_script_declare_no_name_twice() -> None:
    """They share one function: a second `const` of a name, and the browser reads none of it."""
    names = Counter(re.findall(r"^(?:const|let|class|(?:async )?function) (\w+)", _script().decode(), re.MULTILINE))
    assert [name for name, n in names.items() if n > 1] == []
