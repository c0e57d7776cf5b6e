"""What strangers can do on the pages that need no log-in: forms, followed enquiries, questions and answers."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.accounts.company import signing_secret
from crm.database import execute, fetch_value
from crm.interactions.web_forms.guarding import token_of
from crm.tickets.answers.tokens import token_for
from crm.tickets.status_links import Subject, status_path_of
from tests.attacks.conftest import House
from tests.browser import Browser

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
CROOKED = [
    "%00", "a%00b", "%ED%A0%80", "%FF%FE", "..%2f..%2fetc", "e1-1-" + "a" * 26, "e" + "9" * 15 + "-999999-" + "a" * 26,
    "1-" + "0" * 40, "9" * 18 + "-" + "0" * 40, "%D9%A1-" + "0" * 40, "x" * 9000, "%F0%9F%8F%A1", "%0d%0aSet-Cookie:x=1", "%E2%80%A8",
]  # fmt: skip


async def form_path(house: House) -> str:
    return f"/forms/{await fetch_value('SELECT code FROM web_form WHERE id = $1', house.form)}"


async def status_path(house: House) -> str:
    return await status_path_of(Subject.TICKET, house.ticket, await signing_secret())


async def opened(doors: Browser, path: str) -> dict[str, str]:
    found = re.search(r'name="token" value="([^"]+)"', (await doors.client.get(path)).text)
    assert found is not None
    return {"token": found[1], "email": "wer@x.example", "name": "Wer", "text": "Hallo?", "privacy_read": "1"}


@pytest.mark.parametrize("crooked", CROOKED)
async def test_crooked_addresses_lead_nowhere(doors: Browser, house: House, crooked: str) -> None:
    for path in (
        f"/forms/{crooked}",
        f"/forms/{crooked}/thanks",
        f"/status/{crooked}",
        f"/answered/{crooked}",
        f"/consents/confirmation/{crooked}",
        f"/survey/{crooked}",
    ):
        answer = await doors.client.get(path)
        assert answer.status_code in (400, 404), path
        assert "set-cookie: x" not in str(answer.headers).lower()
    for path in (
        f"/forms/{crooked}",
        f"/answered/{crooked}",
        f"/consents/confirmation/{crooked}",
        f"/status/{crooked}/messages",
        f"/status/{crooked}/closure",
        f"/survey/{crooked}",
    ):
        answer = await doors.post(path, {"text": "x", "token": "x"})
        assert answer.status_code in (400, 403, 404), path
    assert (await doors.client.get(f"/faq?q={crooked}&lang={crooked}&thanks={crooked}")).status_code in (200, 404)


async def test_only_forms_are_shown_in_frames(doors: Browser, house: House) -> None:
    await execute("UPDATE level_zero SET is_faq_public = true")
    form = await form_path(house)
    for path in (await status_path(house), "/faq", "/login", "/", f"{form}x", "/status/x", "/answered/x"):
        answer = await doors.client.get(path)
        assert answer.headers["x-frame-options"] == "DENY", path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
    refused = await doors.client.post(form, data={"token": "x"})
    assert refused.headers["x-frame-options"] == "DENY"
    framed = (await doors.client.get(form)).headers
    assert "frame-ancestors 'self' https://www.kern.example" in framed["content-security-policy"]


async def test_no_parameter_leads_to_another_site_or_into_a_header(doors: Browser, house: House) -> None:
    form, status = await form_path(house), await status_path(house)
    for evil in ("//evil.example", "de\r\nSet-Cookie: x=1", "https://evil.example", "de/../..//evil"):
        sent = await doors.client.post(
            form, data=await opened(doors, form), params={"lang": evil, "next": evil, "done": evil}
        )
        said = await doors.post(status + "/messages", {"text": evil}, params={"done": evil, "next": evil})
        for answer in (sent, said):
            assert answer.status_code == 303
            assert answer.headers["location"].startswith(("/forms/", "/status/"))
            assert "evil" not in answer.headers["location"]
            assert "x=1" not in str(answer.headers.get_list("set-cookie"))


async def test_what_customers_type_is_text_on_every_page(doors: Browser, house: House) -> None:
    form, status = await form_path(house), await status_path(house)
    await execute("UPDATE ticket SET subject = $2 WHERE id = $1", house.ticket, SCRIPT)
    assert (await doors.post(f"{status}/messages", {"text": SCRIPT})).status_code == 303
    pages = [await doors.client.get(status), await doors.post(f"{status}/messages", {"text": SCRIPT + "x" * 30_000})]
    typed = await opened(doors, form)
    pages.append(
        await doors.client.post(form, data={**typed, "email": SCRIPT, "name": SCRIPT, "text": SCRIPT, "phone": SCRIPT})
    )
    assert [page.status_code for page in pages] == [200, 422, 422]
    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "&lt;script&gt;" in page.text


async def test_huge_and_crooked_bodies_are_refused_with_a_sentence(doors: Browser, house: House) -> None:
    form, status = await form_path(house), await status_path(house)
    typed = await opened(doors, form)
    much = "x" * 10_000_000
    assert (await doors.client.post(form, data={**typed, "text": much})).status_code == 422
    assert (await doors.post(f"{status}/messages", {"text": much})).status_code == 422
    assert (await doors.post(f"{status}/messages", {"text": "\x00"})).status_code == 422
    assert (
        await doors.client.post(form, data={**typed, "text": "a\x00b", "name": "\x00\r\nBcc: x@y.example"})
    ).status_code == 303
    kinds = (
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/json",
        "x/y",
    )
    for kind in kinds:
        for body in (
            b"",
            b"\xff\xfe\x00",
            b"token=%ED%A0%80&text=%FF",
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n',
        ):
            for path in (form, f"{status}/messages", f"/answered/{token_for(house.ticket, await signing_secret())}"):
                headers = {"content-type": kind, "x-csrftoken": doors.client.cookies.get("nahbar_csrf", "")}
                answer = await doors.client.post(path, content=body, headers=headers)
                assert 300 < answer.status_code < 500, (kind, body, path)


async def test_files_of_strangers_are_looked_at(doors: Browser, house: House) -> None:
    """Of whoever took the time to read the form; what is sent quicker than that is spam, and its files are never read."""
    form = await form_path(house)
    code, shown = form.removeprefix("/forms/"), datetime.now(UTC) - timedelta(minutes=1)

    async def send(*files: tuple[str, bytes]) -> Any:
        typed = await opened(doors, form)
        typed["token"] = token_of(code, secrets.token_hex(8), shown, await signing_secret())
        uploads = [("file", (name, content, "application/pdf")) for name, content in files]
        return await doors.client.post(form, data={**typed, "text": f"Datei {datetime.now(UTC)}"}, files=uploads)

    assert (await send(("a.txt", b"x" * 5_000_001))).status_code == 422
    assert (await send(("rechnung.pdf", b"MZ" + b"\x00" * 200 + b"This program"))).status_code == 422
    assert (await send(*[(f"{number}.txt", b"x") for number in range(6)])).status_code == 422
    assert (await send(("../../etc/passwd", b"harmlos"), ("a\u202egpj.exe\x00.txt", b"auch"))).status_code == 303
    kept = str(await fetch_value("SELECT convert_from(content, 'UTF8') FROM incoming_mail ORDER BY id DESC LIMIT 1"))
    assert '"passwd"' in kept
    assert ".." not in kept
    assert "\u202e" not in kept


@pytest.mark.parametrize(
    "happens",
    [
        "UPDATE customer SET restricted_at = now()", "UPDATE person SET restricted_at = now()", "UPDATE customer SET deleted_at = now()",
        "UPDATE status_page SET serial = serial + 1", "UPDATE ticket SET status = 'solved', solved_at = now() - interval '31 days'",
    ],
)  # fmt: skip
async def test_a_link_ends_with_what_it_leads_to(doors: Browser, house: House, happens: str) -> None:
    path = await status_path(house)
    assert (await doors.client.get(path)).status_code == 200
    await execute(happens)
    before = await fetch_value("SELECT count(*) FROM ticket_message")
    gone = await doors.client.get(path)
    assert gone.status_code == 404
    assert "Wo bleibt sie?" not in gone.text
    for part, typed in (("messages", {"text": "Noch da?"}), ("closure", {}), ("mails", {"wants_mail": "1"})):
        assert (await doors.post(f"{path}/{part}", typed)).status_code == 404
    assert await fetch_value("SELECT count(*) FROM ticket_message") == before


async def test_a_link_tells_nothing_of_staff_notes_or_others(doors: Browser, house: House) -> None:
    shown = (await doors.client.get(await status_path(house))).text
    for private in ("Ali", "Emre", "Yıldız", "anna@groessmann.example", "info@groessmann.example", "gold", "Quitterer"):
        assert private not in shown
    others = (await status_path(house)).replace(f"/e{house.ticket}-", f"/e{house.emre_ticket}-")
    assert (await doors.client.get(others)).status_code == 404


async def test_a_message_number_that_is_none_begins_no_answer(doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.ali)
    for number in ("²", "٣", "9" * 5000, "-1", "1e3", ""):
        assert (await doors.get("/answers/new", params={"message": number})).status_code == 200
