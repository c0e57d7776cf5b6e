"""What was exported for the import is read back unchanged by `crm import`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from crm.accounts.permissions import Role
from crm.customers.actions import add_person, create_organisation, create_private_person
from crm.customers.data import MasterData, OrganisationData, PersonData, PrivatePersonData
from crm.database import decoded, execute, fetch, fetch_value
from crm.embedded.servers import Servers
from crm.profiles.defining import define_attribute
from crm.profiles.forms import AttributeData
from crm.profiles.tables import About, AttributeKind, ValueType
from crm.profiles.writing import Wish, write_attributes
from crm.records.export_columns import FOR_IMPORT
from crm.records.export_forms import ExportWish
from crm.records.export_purposes import FIXED, RecipientKind
from crm.records.exports import produce_export, request_export
from crm.records.tables import Rule
from tests.cast import Cast, hire
from tests.customers.conftest import NOW
from tests.profiles.conftest import HEALTH
from tests.records.conftest import bring_in, errors_of, lines_of, run_of

ROOT = Path(__file__).parents[2]


async def exported(by: int, form: str = "csv", columns: tuple[str, ...] = FOR_IMPORT, headings: str = "names") -> bytes:
    wish = ExportWish(
        FIXED[0],
        "",
        RecipientKind.INTERNAL,
        "",
        "",
        None,
        form,
        columns,
        headings,
        "person",
        "semicolon",
        "utf-8-bom",
    )
    run_id = await request_export(wish, total=3, described="", by=by, now=NOW)
    assert await produce_export(run_id, now=NOW)
    chunks = await fetch(
        "SELECT c.data FROM export_run r JOIN stored_file f ON f.sha256 = r.file_hash JOIN file_chunk c ON c.file = f.id "
        "WHERE r.id = $1 ORDER BY c.position", run_id,
    )  # fmt: skip
    return b"".join(chunk.data for chunk in chunks)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_texts_that_look_like_formulas_come_back_as_they_were(cast: Cast, tmp_path: Path, form: str) -> None:
    texts = (
        "=1+1 ist 2",
        "@home",
        "-- wichtig",
        "+49 mal gefragt",
        "'=zitiert",
        "'so'",
        "|x",
        "ganz normal",
    )
    for n, text in enumerate(texts):
        await create_organisation(
            OrganisationData(f"Firma {n}", "", "", MasterData(brief=text, external_id=f"F-{n}")),
            by=cast.eva.id,
            now=NOW,
        )
    file = tmp_path / f"customers.{form}"
    file.write_bytes(await exported(cast.eva.id, form))
    before = {row.external_id: row.brief for row in await fetch("SELECT external_id, brief FROM customer")}
    await execute("TRUNCATE customer, person CASCADE")
    run_id = await bring_in(file, by=cast.eva.id)
    assert [errors_of(line) for line in await lines_of(run_id) if line.outcome == "wrong"] == []
    after = {row.external_id: row.brief for row in await fetch("SELECT external_id, brief FROM customer")}
    assert after == before


def crm_import(file: Path, servers: Servers, url: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "CRM_DATABASE_URL": url, "CRM_REDIS_URL": servers.redis_url}
    command = [sys.executable, "-m", "crm", "import", str(file), "--yes"]
    return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=120)


async def test_an_export_for_the_import_comes_back_unchanged(
    own_database: str, servers: Servers, tmp_path: Path
) -> None:
    eva = await hire("Eva Kern", Role.LEAD)
    firm = MasterData(
        street="Lange Gasse 12", postcode="90403", city="Nürnberg", service_level="gold", external_id="A-1", status="customer",
        brief="- mag Nussbaum\n+ mag Licht", website="https://www.groessmann.example", owner_id=eva.id, vat_id="DE136695976",
    )  # fmt: skip
    groessmann = await create_organisation(
        OrganisationData("Größmann; „Küchen“ GmbH", "info@groessmann.example", "+49911551230", firm), by=eva.id, now=NOW
    )
    for given, function in (("Anna", "Geschäftsführerin"), ("Bernd", "-Einkauf")):
        await add_person(
            groessmann,
            PersonData(
                given, "Größmann", "Dr.", "ms", function=function, email=f"{given.lower()}@groessmann.example", phone="+491712204511"
            ),
            by=eva.id, now=NOW,
        )  # fmt: skip
    await create_private_person(
        PrivatePersonData(
            PersonData("Emre", "Yıldız", email="emre@yildiz.example", phone="+43660123456"),
            MasterData(street="Am Ring 3", postcode="1010", city="Wien", country="AT", external_id="A-2", owner_id=eva.id),
        ),
        by=eva.id, now=NOW,
    )  # fmt: skip
    file = tmp_path / "customers.csv"
    before = await exported(eva.id)
    file.write_bytes(before)
    await execute("TRUNCATE customer, person CASCADE")
    done = await asyncio.to_thread(crm_import, file, servers, own_database)
    assert done.returncode == 0, done.stdout + done.stderr

    assert await fetch_value("SELECT count(*) FROM person") == 3
    after = await exported(eva.id)
    assert sorted(after.decode("utf-8-sig").splitlines()) == sorted(before.decode("utf-8-sig").splitlines())


async def attributes() -> list[tuple[str, str, str]]:
    rows = await fetch(
        "SELECT a.code, coalesce(c.name, p.family_name) AS whose, coalesce(v.text, v.number::float8::text) AS value "
        "FROM attribute_value v JOIN attribute a ON a.id = v.attribute LEFT JOIN customer c ON c.id = v.customer "
        "LEFT JOIN person p ON p.id = v.person ORDER BY 1, 2"
    )
    return [tuple(row) for row in rows]


async def test_attributes_come_back_to_whom_they_were_about(cast: Cast, tmp_path: Path) -> None:
    for code, name, about, data_type in (
        ("region", "Region", About.BOTH, ValueType.TEXT), ("share", "Anteil", About.PERSON, ValueType.NUMBER),
    ):  # fmt: skip
        await define_attribute(
            AttributeData(
                code=code, name_de=name, name_en=code, kind=AttributeKind.SOCIO_DEMOGRAPHIC, data_type=data_type, about=about,
                purpose="service", legal_basis="legitimate_interest", basis_note="Wir beraten danach",
            ), by=None, now=NOW,
        )  # fmt: skip
    firm = await create_organisation(
        OrganisationData("Nord", "", "", MasterData(external_id="1")), by=cast.eva.id, now=NOW
    )
    anna = await add_person(firm, PersonData("Anna", "Berg"), by=cast.eva.id, now=NOW)
    emre, _person = await create_private_person(
        PrivatePersonData(PersonData("Emre", "Yıldız"), MasterData(external_id="2")), by=cast.eva.id, now=NOW
    )
    refused = await write_attributes(
        [
            Wish(firm, "industry", "crafts"), Wish(firm, "region", "Franken"), Wish(firm, "region", "Hessen", anna),
            Wish(firm, "share", "0.1234", anna), Wish(emre, "region", "Bayern"),
        ], source="form", by=None, now=NOW,
    )  # fmt: skip
    assert not refused
    before = await attributes()
    columns = ("attribute:industry", "attribute:region", "attribute:region:person", "attribute:share")
    file = tmp_path / "export.csv"
    file.write_bytes(await exported(cast.eva.id, "csv", (*FOR_IMPORT, *columns), "words"))
    told = await bring_in(file, trial=True)
    assert decoded((await run_of(told)).mapping)[-4:] == list(columns), "whichever headers were chosen"
    file.write_bytes(await exported(cast.eva.id, "csv", (*FOR_IMPORT, *columns)))
    await execute("DELETE FROM attribute_value")
    run = await bring_in(file, rule=Rule.UPDATE)
    assert decoded((await run_of(run)).mapping)[-4:] == list(columns)
    assert [line.outcome for line in await lines_of(run)] == ["updated", "updated"]
    assert await attributes() == before
    assert len(before) == 5


async def test_an_attribute_that_is_offered_no_more_is_not_remembered(cast: Cast, tmp_path: Path) -> None:
    """Whoever sends the same headers again neither fails nor learns what others may see."""
    await define_attribute(replace(HEALTH, roles=frozenset({"manager"})), by=None, now=NOW)
    file = tmp_path / "kunden.csv"
    file.write_text("Vorname;Nachname;Branche;Rollstuhlgerecht\nEmre;Yıldız;;ja\n")
    await bring_in(file, by=cast.karin.id)
    seen = ["person_given_name", "person_family_name", "attribute:industry"]
    assert decoded((await run_of(await bring_in(file, by=cast.karin.id))).mapping) == [*seen, "attribute:wheelchair"]
    await execute("UPDATE attribute SET retired_at = now() WHERE code = 'industry'")
    for by, last in ((cast.karin.id, "attribute:wheelchair"), (cast.eva.id, "")):
        assert decoded((await run_of(await bring_in(file, by=by))).mapping) == [*seen[:2], "", last]
