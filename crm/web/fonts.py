"""Inter, cut to what is used: one small file for pages, and one for each weight in print. `python -m crm.web.assets build`
makes them when the program is installed; where that was not done the whole variable font stands in.
"""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import fontpkg_inter

INTER = fontpkg_inter.ROOT / "files" / "Inter[opsz,wght].ttf"
"""The whole variable font."""

BUILT = Path(__file__).parent / "static" / "built"
BUILT_FONT = BUILT / "inter.woff2"
PRINTED_WEIGHTS = (400, 600, 700)
"""The weights that stand in print (templates/reports): of a variable font each print would work out each of them anew,
in each size, which takes a fifth of its time."""

# Latin with its extensions (all of Europe, Turkish, Vietnamese), punctuation, currencies, arrows, a few signs and keys.
_CHARACTERS = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x259, 0x259), (0x2B0, 0x345), (0x1E00, 0x1EFF), (0x2000, 0x206F),
    (0x20A0, 0x20C0), (0x2116, 0x2122), (0x2150, 0x215F), (0x2190, 0x2199), (0x21B5, 0x21B5), (0x21E7, 0x21E7),
    (0x2212, 0x2212), (0x2248, 0x2248), (0x2260, 0x2265), (0x2303, 0x2303), (0x2318, 0x2318), (0x25CB, 0x25CF),
    (0x2605, 0x2606), (0x2713, 0x2715),
)  # fmt: skip
_IN_PRINT_TOO = (
    (0x370, 0x3FF), (0x400, 0x52F), (0x1F00, 0x1FFF), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x25A0, 0x25FF), (0x2600, 0x27BF),
)  # fmt: skip
"""Greek and Cyrillic names as well, and the arrows and signs that stand in tables."""
_FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "calt", "liga", "tnum", "case", "zero"]


def cut_font(source: Path = INTER) -> bytes:
    """Inter as pages need it, as WOFF2: the characters above, weights 400 to 700, the text cut. Takes seconds.

    Its tabular figures are figures only: Inter also widens space and hyphen, which tears words apart in running text.
    """
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(source, recalcTimestamp=False)
    _keep_only_figures_tabular(font)
    _cut(font, _codes(*_CHARACTERS))
    font = instancer.instantiateVariableFont(font, {"opsz": 14, "wght": (400, 700)})
    font.flavor = "woff2"
    return _saved(font)


def printed_fonts(source: Path = INTER) -> dict[int, bytes]:
    """Inter for print, a plain TrueType file for each weight. Takes seconds."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    cut = TTFont(source, recalcTimestamp=False)
    _cut(cut, _codes(*_CHARACTERS, *_IN_PRINT_TOO))
    variable = _saved(cut)
    return {
        weight: _saved(
            instancer.instantiateVariableFont(
                TTFont(io.BytesIO(variable), recalcTimestamp=False), {"opsz": 14, "wght": weight}
            )
        )
        for weight in PRINTED_WEIGHTS
    }


def faces_in_print() -> list[tuple[str, str]]:
    """The address of each file for print, and the weight (or range of weights) that it is for."""
    built = [(built_for_print(weight), str(weight)) for weight in PRINTED_WEIGHTS]
    faces = built if all(path.is_file() for path, _weight in built) else [(INTER, "100 900")]
    return [(path.as_uri(), weight) for path, weight in faces]


def built_for_print(weight: int) -> Path:
    return BUILT / f"print-{weight}.ttf"


def _codes(*ranges: tuple[int, int]) -> list[int]:
    return [code for first, last in ranges for code in range(first, last + 1)]


def _cut(font: Any, characters: list[int]) -> None:
    from fontTools import subset

    options = subset.Options()
    options.layout_features = _FEATURES
    options.hinting = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)


def _saved(font: Any) -> bytes:
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


def _keep_only_figures_tabular(font: Any) -> None:
    figures = {font.getBestCmap()[ord(sign)] for sign in "0123456789+−"}
    table = font["GSUB"].table
    lookups = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for index in record.Feature.LookupListIndex
    }
    for index in lookups:
        for part in table.LookupList.Lookup[index].SubTable:
            substitution = getattr(part, "ExtSubTable", part)
            substitution.mapping = {name: wide for name, wide in substitution.mapping.items() if name in figures}


def build() -> None:
    """Write the cut fonts beside the other static files; does nothing if they are there and newer than their source."""
    started = time.monotonic()
    BUILT.mkdir(exist_ok=True)
    made = 0
    if not _is_fresh(BUILT_FONT):
        made += _write(BUILT_FONT, cut_font())
    if not all(_is_fresh(built_for_print(weight)) for weight in PRINTED_WEIGHTS):
        made += sum(_write(built_for_print(weight), content) for weight, content in printed_fonts().items())
    if made:
        print(f"Inter cut to {made // 1000} KB in {time.monotonic() - started:.1f} s.")


def _is_fresh(path: Path) -> bool:
    return path.is_file() and path.stat().st_mtime > max(INTER.stat().st_mtime, Path(__file__).stat().st_mtime)


def _write(path: Path, content: bytes) -> int:
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(content)
    return unfinished.replace(path).stat().st_size
