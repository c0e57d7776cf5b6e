"""What was exported for the import is read back unchanged by `crm import`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crm.accounts.permissions import Role
from crm.customers.actions import add_person, create_organisation, create_private_person
from crm.customers.data import MasterData, OrganisationData, PersonData, PrivatePersonData
from crm.database import execute, fetch, fetch_value
from crm.embedded.servers import Servers
from crm.records.export_columns import FOR_IMPORT
from crm.records.export_forms import ExportWish
from crm.records.export_purposes import FIXED, RecipientKind
from crm.records.exports import produce_export, request_export
from tests.cast import Cast, hire
from tests.customers.conftest import NOW
from tests.records.conftest import bring_in, errors_of, lines_of

ROOT = Path(__file__).parents[2]


async def exported(by: int, form: str = "csv") -> bytes:
    wish = ExportWish(
        FIXED[0],
        "",
        RecipientKind.INTERNAL,
        "",
        "",
        None,
        form,
        FOR_IMPORT,
        "names",
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
