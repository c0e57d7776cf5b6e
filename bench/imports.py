"""How many rows per second an import of customers takes in: a file of 100,000 invented companies and people, read, checked,
compared with what is there, and written, as `crm import` does it."""

from __future__ import annotations

import csv
import random
import resource
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from crm.database import decoded, fetch_value
from crm.records.importing import work_on_import
from crm.records.imports import Settings, assign_columns, receive_import, start_import
from crm.records.tables import Rule
from crm.records.targets import ImportKind

ROWS = 100_000
COLUMNS = (
    "Kundennummer", "Firma", "Anrede", "Vorname", "Nachname", "Straße", "PLZ", "Ort", "Land", "Telefon", "Mobil", "E-Mail", "Geburtsdatum",
    "Schlagwörter",
)  # fmt: skip
_GIVEN = [
    "Anna",
    "Emre",
    "Sophie",
    "Jonas",
    "Mia",
    "Paul",
    "Lena",
    "Ali",
    "Clara",
    "Felix",
    "Greta",
    "Max",
    "Nora",
    "Oskar",
    "Petra",
    "Karin",
    "Ines",
    "Sven",
]
_FAMILY = [
    "Müller",
    "Schmidt",
    "Schäfer",
    "Größmann",
    "Yılmaz",
    "Weiß",
    "Öztürk",
    "Huber",
    "Nowak",
    "Köhler",
    "Lang",
    "Berg",
    "Vogt",
    "Kern",
    "Roth",
    "Adler",
]
_TRADES = [
    "Küchen",
    "Bau",
    "Elektro",
    "Garten",
    "Metall",
    "Holz",
    "Logistik",
    "Druck",
    "Praxis",
    "Kanzlei",
    "Bäckerei",
    "Fliesen",
    "Sanitär",
    "Optik",
]
_ENDINGS = ("", "mann", "er", "meier", "bauer", "hof", "stein", "berg", "feld", "inger")
_PLACES = ("Nürnberg", "Berlin", "Köln", "München", "Hamburg", "Fürth", "Dresden", "Kiel")
_STREETS = ["Lange Gasse", "Am Ring", "Hauptstraße", "Bahnhofstraße", "Schillerstraße", "Gartenweg", "Industriestraße"]


def write_file(path: Path, rows: int = ROWS, seed: int = 7) -> None:
    """A file of invented customers, half of them organisations with a person; the same seed gives the same file."""
    draw = random.Random(seed)
    with path.open("w", encoding="cp1252", errors="replace", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(COLUMNS)
        for n in range(rows):
            given, family = (
                f"{draw.choice(_GIVEN)}-{draw.choice(_GIVEN)}",
                f"{draw.choice(_FAMILY)}{draw.choice(_ENDINGS)}",
            )
            city = draw.choice(_PLACES)
            postcode = f"{draw.randint(1067, 99998):05}"
            firm = f"{family} {draw.choice(_TRADES)} {n} GmbH" if n % 2 else ""
            out.writerow((
                f"A-{n}", firm, draw.choice(("Herr", "Frau", "Frau Dr.", "")), given, family,
                f"{draw.choice(_STREETS)} {draw.randint(1, 200)}",
                postcode, city, "Deutschland", f"0911 {5000000 + n}", f"0171 {2000000 + n}" if n % 3 == 0 else "",
                f"kunde{n}@beispiel{n % 900}.example", f"{draw.randint(1, 28):02}.{draw.randint(1, 12):02}.{draw.randint(1950, 2000)}",
                "Messe" if n % 10 == 0 else "",
            ))  # fmt: skip


async def measure_import(rows: int = ROWS) -> dict[str, float]:
    """Import a file into the database that is open, twice: the second time every row is there already. Answers rows per second
    of both, seconds, and the most memory (MB) that this process has held. Needs a pool."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kunden.csv"
        write_file(path, rows)
        first = await _import(path)
        again = await _import(path)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {
        "import_rows": float(rows), "import_s": first, "import_rows_per_s": rows / first, "import_known_rows_per_s": rows / again,
        "import_memory_mb": memory,
    }  # fmt: skip


async def _import(path: Path) -> float:
    now, began = datetime.now(UTC), time.perf_counter()
    run_id = await receive_import(path, path.name, ImportKind.CUSTOMERS, by=None, now=now, is_kept=False)
    fields = tuple(decoded(await fetch_value("SELECT mapping FROM import_run WHERE id = $1", run_id)))
    await assign_columns(run_id, Settings(fields, Rule.SKIP, "bench"), by=None, now=now)
    await start_import(run_id, now=now, in_background=False)
    await work_on_import(run_id, now=now, path=path)
    return time.perf_counter() - began
