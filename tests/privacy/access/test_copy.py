"""A copy holds every row that the register finds about a person, and nothing about anybody else."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from crm.consents.actions import record_event
from crm.consents.evidence import Proving
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import NotFound, RuleBroken
from crm.files.actions import forget_unused_files
from crm.files.queries import file_named
from crm.personal import SUBJECT, quoted, register
from crm.privacy.access import producing
from crm.privacy.access.gathering import Gathered
from crm.privacy.access.handing import black_out, record_fetch
from crm.privacy.access.paper import parts
from crm.privacy.access.producing import KEPT, forget_old_copies, produce_copy, request_copy, sweep_copies
from crm.privacy.access.queries import text_at, texts_of
from crm.privacy.access.tables import BlackedKind
from crm.privacy.desk.filing import file_request
from crm.privacy.subject import Subject, subject_named
from tests.attacks.conftest import House, furnish
from tests.cast import introduce

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
SECRET_WORDS = ("Nachbarin Frau Kowalski hat das erzählt, und zwar ausführlich.",)


@pytest.fixture(autouse=True)
def is_printed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Printing takes seconds: who does not read the PDF does without."""
    if "real_paper" not in request.fixturenames:

        async def paper(_job: object, _seconds: float) -> bytes:
            return b"%PDF-1.7 not printed"

        monkeypatch.setattr(producing, "print_pdf", paper)


@pytest.fixture
def real_paper() -> None:
    """For those who read the PDF."""


@pytest.fixture
async def house(own_database: str) -> House:
    return await furnish(await introduce())


async def asked(house: House, *, person: int | None = None, customer: int | None = None) -> int:
    return await file_request(
        "access", source="hand", text="Bitte alles.", person_id=person, customer_id=customer, by=None, now=NOW
    )


async def made(house: House, request: int, language: str = "de") -> dict[str, bytes]:
    """The files of a copy that was made for the request, by kind."""
    copy = await request_copy(request, language, by=house.cast.sven.id, now=NOW)
    assert await produce_copy(copy, now=NOW)
    rows = await fetch("SELECT kind, sha256 FROM access_file WHERE copy = $1 ORDER BY position", copy)
    return {row.kind: (await file_named(row.sha256)).content for row in rows}


def unpacked(archive: bytes) -> tuple[dict[str, Any], dict[str, Any], dict[str, bytes]]:
    """Everything, what the person provided, and the other files by their name."""
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        assert found.testzip() is None
        contents = {name: found.read(name) for name in found.namelist()}
    everything, provided = sorted(
        (name for name in contents if name.endswith(".json")),
        key=lambda name: "ereitgestellt" in name or "provided" in name,
    )
    return json.loads(contents.pop(everything)), json.loads(contents.pop(provided)), contents


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


async def found_by_register(subject: Subject) -> dict[str, set[int]]:
    found = {}
    for one in register():
        if one.about and one.copy_if != "false":
            rows = await fetch(
                f"{SUBJECT} SELECT t.id FROM {quoted(one.table)} t WHERE {one.copied}", *subject.parameters
            )
            found[one.table] = {row.id for row in rows}
    return {table: ids for table, ids in found.items() if ids}


async def test_a_private_customer_with_a_merged_record_is_one_subject(house: House) -> None:
    subject = await subject_named(house.emre_person, None)
    merged = {row.id for row in await fetch("SELECT id FROM customer WHERE merged_into = $1", house.emre)}
    assert set(subject.customers) == {house.emre, *merged}
    assert merged
    assert len(subject.persons) == 2
    assert subject.name == "Emre Yıldız"
    assert await subject_named(None, house.emre) == subject


async def test_an_organisation_is_nobody_who_could_ask(house: House) -> None:
    anna = await subject_named(house.anna, house.groessmann)
    assert anna.persons == (house.anna,)
    assert anna.customers == ()
    with pytest.raises(NotFound):
        await subject_named(None, house.groessmann)


@pytest.mark.parametrize("who", ["emre", "anna"])
async def test_the_archive_holds_every_row_that_the_register_finds(house: House, who: str) -> None:
    person = house.emre_person if who == "emre" else house.anna
    request = await asked(house, person=person)
    subject = await subject_named(person, None)
    before = await found_by_register(subject)
    files = await made(house, request)
    everything, _provided, _others = unpacked(files["archive"])
    told = {table: {row["id"] for row in rows["rows"]} for table, rows in everything["data"].items()}
    missing = {table: ids - told.get(table, set()) for table, ids in before.items() if ids - told.get(table, set())}
    assert not missing
    assert everything["about"]["person"] == subject.name
    assert {row["letter"] for row in everything["information"]} >= set("abcdefgh")


async def test_what_the_officer_knows_of_recipients_and_countries_is_told(house: House) -> None:
    await execute(
        "UPDATE privacy_particulars SET recipients = 'Mailhaus Inc.\nRechenzentrum Nord', third_countries = 'USA: Mailhaus Inc., DPF', "
        "authority = 'LDI NRW, Düsseldorf'"
    )
    everything, _provided, _others = unpacked((await made(house, await asked(house, person=house.anna)))["archive"])
    letters = {each["article"]: " ".join(each["sentences"]) for each in everything["information"]}
    assert "Mailhaus Inc.; Rechenzentrum Nord" in letters["Art. 15 (1) c"]
    assert "LDI NRW, Düsseldorf" in letters["Art. 15 (1) f"]
    assert letters["Art. 15 (2)"].endswith(": USA: Mailhaus Inc., DPF")
    assert "Niemand außerhalb" not in letters["Art. 15 (1) c"]


async def test_how_long_data_are_kept_follows_the_duties_in_force(house: House) -> None:
    await execute("UPDATE keeping_duty SET years = 7 WHERE code = 'commercial_letter'")
    await execute("UPDATE keeping_duty SET is_in_force = false WHERE code = 'voucher'")
    everything, _provided, _others = unpacked((await made(house, await asked(house, person=house.anna)))["archive"])
    (rows,) = (each["rows"] for each in everything["information"] if each["article"] == "Art. 15 (1) d")
    told = " ".join(kept for _kind, kept in rows)
    assert "7 Jahre ab Jahresende: Handels- und Geschäftsbriefe (HGB § 257 Abs. 1 Nr. 2, 3" in told
    assert "6 Jahre" not in told
    assert "8 Jahre" not in told


@pytest.mark.usefixtures("real_paper")
async def test_nothing_about_another_person_slips_in(house: House) -> None:
    anna = await made(house, await asked(house, person=house.anna))
    emre = await made(house, await asked(house, person=house.emre_person))
    for files, own, other in ((anna, "Quitterer", "Yıldız"), (emre, "Yıldız", "Quitterer")):
        with zipfile.ZipFile(io.BytesIO(files["archive"])) as archive:
            texts = "\n".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
        assert own in texts
        assert other not in texts
        assert own in words_of(files["pdf"])
        assert other not in words_of(files["pdf"])


async def test_the_files_themselves_lie_in_the_archive(house: House) -> None:
    files = await made(house, await asked(house, person=house.emre_person))
    everything, _provided, others = unpacked(files["archive"])
    (document,) = everything["data"]["document"]["rows"]
    assert others[document["file"]] == b"%PDF-1.7 " + "Angebot Yıldız.pdf".encode()
    assert any(name.endswith(".txt") for name in others)


async def test_the_paper_that_proves_a_consent_lies_in_the_archive(house: House) -> None:
    paper = "%PDF-1.7 unterschrieben: Emre Yıldız".encode()
    await record_event(
        person_id=house.emre_person, purpose="newsletter", channel="email", event=ConsentEventKind.GIVEN, source=ConsentSource.PAPER,
        wording_version=1, by=None, now=NOW, document=Proving("Einwilligung.pdf", paper, "application/pdf"),
    )  # fmt: skip
    files = await made(house, await asked(house, person=house.emre_person))
    everything, _provided, others = unpacked(files["archive"])
    (proof,) = [row for row in everything["data"]["consent_payload"]["rows"] if row.get("file")]
    assert others[proof["file"]] == paper
    assert proof["fields"]["document"] == "Einwilligung.pdf"


async def test_no_secret_and_no_name_of_staff_stands_in_it(house: House) -> None:
    files = await made(house, await asked(house, person=house.emre_person))
    everything, _provided, _others = unpacked(files["archive"])
    text = json.dumps(everything, ensure_ascii=False)
    for word in ("search_text", "payload_hash", "token_hash", "Ali Demir", "Eva Kern"):
        assert word not in text
    contact = everything["data"]["interaction"]["rows"][0]
    assert contact["by_user"] == "Mitarbeitende: Service"
    assert contact["text"] == "Ruft wegen Lieferung an."


async def test_what_emre_provided_himself_is_marked_and_computed_things_are_not_in_it(house: House) -> None:
    files = await made(house, await asked(house, person=house.emre_person))
    provided = json.loads(files["portable"])
    assert provided["about"]["provided_by_the_person"] is True
    assert provided["data"]["person"][0]["family_name"] in ("Yıldız", "Yılmaz")
    assert [row["number"] for row in provided["data"]["customer_order"]] == ["A-2"]
    assert {row["event"] for row in provided["data"]["consent_event"]} == {"given", "withdrawn"}
    assert not {"interaction", "customer_score", "reminder", "audit_entry", "timeline_entry"} & set(provided["data"])


@pytest.mark.usefixtures("real_paper")
async def test_the_pdf_speaks_the_language_that_was_asked_for(house: House) -> None:
    request = await asked(house, person=house.emre_person)
    english = words_of((await made(house, request, "en"))["pdf"])
    german = words_of((await made(house, request, "de"))["pdf"])
    assert "Copy of your personal data" in english
    assert "Kopie Ihrer personenbezogenen Daten" in german
    assert "Beschwerde bei einer Aufsichtsbehörde" in german


@pytest.mark.usefixtures("real_paper")
async def test_a_blackened_text_is_gone_wherever_it_is_repeated(house: House) -> None:
    (secret,) = SECRET_WORDS
    await execute("UPDATE interaction SET text = $2 WHERE id = $1", house.emre_interaction, secret)
    await execute(
        "UPDATE timeline_entry SET body = $2 WHERE kind = 'interaction' AND ref_id = $1", house.emre_interaction, secret
    )
    await execute(
        "INSERT INTO interaction_version (interaction, version, fields, at) VALUES ($1, 1, jsonb_build_object('text', $2::text), $3)",
        house.emre_interaction, secret, NOW,
    )  # fmt: skip
    request = await asked(house, person=house.emre_person)
    assert secret in json.dumps(unpacked((await made(house, request))["archive"])[0], ensure_ascii=False)
    place = f"interaction.text {house.emre_interaction}"
    await black_out(request, BlackedKind.TEXT, place, "Rechte einer Nachbarin", by=house.cast.sven.id, now=NOW)
    files = await made(house, request)
    everything, provided, others = unpacked(files["archive"])
    whole = json.dumps([everything, provided], ensure_ascii=False) + "".join(
        one.decode(errors="replace") for one in others.values()
    )
    assert "Kowalski" not in whole
    assert "Rechte einer Nachbarin" in whole, "the reason is told"
    assert "Kowalski" not in words_of(files["pdf"])
    assert await fetch_value("SELECT max(blacked) FROM access_copy") >= 2


async def test_a_file_that_is_left_out_is_not_in_the_archive(house: House) -> None:
    request = await asked(house, person=house.emre_person)
    sha256 = await fetch_value("SELECT sha256 FROM document WHERE id = $1", house.emre_document)
    await black_out(request, BlackedKind.FILE, sha256, "Pläne eines Nachbarn", by=house.cast.sven.id, now=NOW)
    everything, _provided, others = unpacked((await made(house, request))["archive"])
    assert not any("document" in name for name in others)
    assert everything["data"]["document"]["rows"][0]["blacked_out"] is True


async def test_texts_of_others_can_neither_be_read_nor_blacked_out(house: House) -> None:
    anna = await subject_named(house.anna, None)
    with pytest.raises(NotFound):
        await text_at(anna, f"interaction.text {house.emre_interaction}")
    with pytest.raises(NotFound):
        await text_at(anna, "staff.password_hash 1")
    with pytest.raises(NotFound):
        await text_at(anna, "interaction.text ²")


async def test_texts_that_seem_to_name_others_are_pointed_out(house: House) -> None:
    await execute("UPDATE interaction SET text = 'Frau Kowalski rief an.' WHERE id = $1", house.emre_interaction)
    emre = await subject_named(house.emre_person, None)
    pointed_out = (await texts_of(emre, only_others=True)).items
    assert [item.place for item in pointed_out] == [f"interaction.text {house.emre_interaction}"]


async def test_a_copy_is_made_once_and_by_one_worker(house: House) -> None:
    request = await asked(house, person=house.emre_person)
    first = await request_copy(request, "de", by=house.cast.sven.id, now=NOW)
    assert await request_copy(request, "de", by=house.cast.sven.id, now=NOW) == first
    assert await produce_copy(first, now=NOW)
    assert not await produce_copy(first, now=NOW)
    assert await fetch_value("SELECT count(*) FROM access_file WHERE copy = $1 AND kind = 'archive'", first) == 1


async def test_a_copy_whose_worker_died_is_made_by_another(house: House) -> None:
    copy = await request_copy(await asked(house, person=house.emre_person), "de", by=house.cast.sven.id, now=NOW)
    await execute("UPDATE access_copy SET status = 'running', claimed_at = $2, attempts = 1 WHERE id = $1", copy, NOW)
    assert not await produce_copy(copy, now=NOW + timedelta(minutes=5))
    later = NOW + timedelta(minutes=70)
    await sweep_copies(now=later)
    assert await produce_copy(copy, now=later)


async def test_a_request_of_nobody_known_says_what_to_do(house: House) -> None:
    request = await asked(house)
    with pytest.raises(RuleBroken, match="welche Person"):
        await request_copy(request, "de", by=house.cast.sven.id, now=NOW)


async def test_files_are_gone_after_thirty_days_and_the_record_stays(house: House) -> None:
    await made(house, await asked(house, person=house.emre_person))
    assert await forget_old_copies(now=NOW + KEPT - timedelta(minutes=1)) == 0
    assert await forget_old_copies(now=NOW + KEPT) == 3
    kept = await fetch("SELECT sha256 FROM access_file")
    assert {row.sha256 for row in kept} == {""}
    await forget_unused_files(now=NOW + KEPT + timedelta(days=2))
    assert await fetch_value("SELECT count(*) FROM stored_file WHERE media_type = 'application/zip'") == 0
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'access_copy.made'") == 1


async def test_each_fetch_is_on_record(house: House) -> None:
    await made(house, await asked(house, person=house.emre_person))
    file = await fetch_one("SELECT id, copy, name, sha256, size, media_type FROM access_file WHERE kind = 'pdf'")
    assert file is not None
    await record_fetch(file, by=house.cast.sven.id, now=NOW)
    await record_fetch(file, by=None, now=NOW)
    rows = await fetch("SELECT actor_id FROM audit_entry WHERE action = 'access_copy.fetched' ORDER BY id")
    assert [row.actor_id for row in rows] == [house.cast.sven.id, None]


async def test_a_long_history_is_cut_into_parts_and_nothing_of_it_is_lost(house: House) -> None:
    await execute(
        "INSERT INTO interaction (customer, person, channel, direction, text, is_moment_of_truth, at, by_user, version, counts) "
        "SELECT $1, $2, 'phone', 'inbound', 'Anruf ' || n, false, "
        "$3::timestamptz - n * interval '1 hour', $4, 1, true FROM generate_series(1, 1200) n",
        house.emre, house.emre_person, NOW, house.cast.ali.id,
    )  # fmt: skip
    files = await made(house, await asked(house, person=house.emre_person))
    everything, _provided, _others = unpacked(files["archive"])
    assert len(everything["data"]["interaction"]["rows"]) == 1201
    names = [row.name for row in await fetch("SELECT name FROM access_file WHERE kind = 'pdf' ORDER BY position")]
    assert len(names) == 3
    assert names[2].endswith("-teil-3.pdf")


def test_entries_stay_in_order_when_they_are_cut(tmp_path: Path) -> None:
    (tmp_path / "interaction.jsonl").write_text("".join(f'{{"id": {n}, "text": "Nr. {n}"}}\n' for n in range(1, 8)))
    found = Gathered(tmp_path, {"interaction": 7})
    cut = list(parts(found, {}, per_part=3))
    assert [[entry.texts[0] for chapter in part for group in chapter.groups for entry in group.entries] for part in cut] == [
        ["Nr. 1", "Nr. 2", "Nr. 3"], ["Nr. 4", "Nr. 5", "Nr. 6"], ["Nr. 7"],
    ]  # fmt: skip
    assert [chapter.groups[0].goes_on for part in cut for chapter in part] == [False, True, True]
