"""Adding events to the consent ledger."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from crm.accounts.company import signing_secret
from crm.consents.chain import FIRST, Link, address_key, link_hash, normal_address, payload_hash, payload_text
from crm.consents.confirmation_links import Waiting, first_address, mail_link
from crm.consents.evidence import DIGEST, NAME, Proving
from crm.consents.gate import MAILBOX
from crm.consents.ledger import NEGATIVE, LedgerEvent, Status, must_be_confirmed, state_of
from crm.consents.tables import CHANNELS, PROCESSING, ConsentSource
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.telling import tell
from crm.database import HIGHEST_ID, Lock, Row, execute, fetch, fetch_one, fetch_value, take_lock, transaction
from crm.errors import Invalid, NotFound
from crm.files.actions import store_file
from crm.web.i18n import _

CLOCK_SKEW = timedelta(minutes=5)
EARLIEST_YEAR = 1950
LONGEST = 4000


async def record_event(
    *, person_id: int | None = None, address: str | None = None, purpose: str, channel: str, event: Event,
    source: ConsentSource, wording_version: int | None = None, by: int | None, now: datetime, at: datetime | None = None,
    evidence: Mapping[str, str] | None = None, mailbox: str = "", document: Proving | None = None,
) -> int:  # fmt: skip
    """Add one event about a person, or about an address without one, to the ledger; its id.

    `at` is when it happened (default: now), `evidence` what proves it (short texts by name) and `document` the paper itself; both
    can be erased later without breaking the chain. A no always works, on every channel and without a wording; a yes needs the version
    of the wording that the person saw (GDPR Art. 7 (1)). If it has to be confirmed, a mail with the link goes out: to `mailbox`, or to
    the person's first address. Raises Invalid with every mistake, NotFound for an unknown person.
    """
    event, source = Event(event), ConsentSource(source)
    async with transaction():
        known = await _known(purpose, person_id)
        if person_id is not None and not (
            known.person_is_there or (known.person_exists and event not in (Event.GIVEN, Event.CONFIRMED))
        ):
            raise NotFound(_("This person does not exist, or their data were erased."))
        moment = at or now
        errors = mistakes(known, person_id, address, channel, event, wording_version, moment, evidence or {}, now)
        if document is not None and NAME in (evidence or {}):
            errors["evidence"] = _("“%(name)s” is written by the program. Leave it out.") % {"name": NAME}
        if errors:
            raise Invalid(errors)
        version = wording_version if wording_version in known.versions else None
        subject_key = address_key(await signing_secret(), address) if address is not None else None
        fields = {name: text for name, text in (evidence or {}).items() if text}
        if address is not None:
            fields["address"] = normal_address(address)
        if document is not None:
            digest = await store_file(document.content, document.media_type, now=now)
            fields |= {NAME: document.name, DIGEST: digest}
        await take_lock(Lock.LEDGER)
        if event in (Event.CONFIRMED, Event.EXPIRED):
            before = await events_before(person_id, subject_key, purpose, channel, moment)
            version = version or waiting_version(before, known, channel, event, (evidence or {}).get("mailbox", ""))
        link = await _append(
            person_id,
            subject_key,
            purpose,
            channel,
            event,
            version,
            source,
            min(moment, now),
            now,
            by,
            fields,
            document,
        )
        await tell([(link, address, known.needs_confirmation)], by=by, now=now)
        if event == Event.GIVEN and must_be_confirmed(
            needs_confirmation=known.needs_confirmation, channel=channel, source=source
        ):
            events = await events_before(person_id, subject_key, purpose, channel, now)
            to = mailbox or (normal_address(address) if address is not None else await first_address(person_id))
            if state_of(events, needs_confirmation=True, channel=channel, address=to).status == Status.PENDING:
                await mail_link(Waiting(link.id, person_id, to, purpose, link.at, version), by=by, now=now)
        return link.id


async def _known(purpose: str, person_id: int | None) -> Row:
    clean = purpose if purpose.isprintable() else ""
    row = await fetch_one(
        "SELECT p.id, p.channels, p.needs_confirmation, p.retired_at, "
        "coalesce((SELECT array_agg(DISTINCT w.version) FROM wording w WHERE w.purpose = p.id), '{}') AS versions, "
        "EXISTS (SELECT FROM person WHERE id = $2::bigint) AS person_exists, "
        "EXISTS (SELECT FROM person WHERE id = $2::bigint AND erased_at IS NULL) AS person_is_there "
        "FROM (SELECT 1) one LEFT JOIN purpose p ON p.code = $1",
        clean, person_id if person_id is None or 0 < person_id <= HIGHEST_ID else 0,
    )  # fmt: skip
    assert row is not None
    return row


def mistakes(
    known: Row, person_id: int | None, address: str | None, channel: str, event: Event, wording_version: int | None,
    at: datetime, evidence: Mapping[str, str], now: datetime,
) -> dict[str, str]:  # fmt: skip
    """Everything that speaks against recording it, by field."""
    errors = {}
    if (person_id is None) == (address is None):
        errors["person_id"] = _("Name either a person or an address.")
    if address is not None and not (0 < len(normal_address(address)) <= 254 and address.isprintable()):
        errors["address"] = _("This is not an address.")
    if known.id is None:
        errors["purpose"] = _("Nobody has defined this purpose.")
    allowed = (*CHANNELS, PROCESSING) if event in NEGATIVE or known.id is None else known.channels.split(",")
    if channel not in allowed:
        errors["channel"] = _("This purpose has no such channel.")
    if event in (Event.GIVEN, Event.CONFIRMED) and known.id is not None and known.retired_at is not None:
        errors["purpose"] = _("This purpose is retired: nobody can agree to it any more.")
    if event == Event.GIVEN and known.id is not None and wording_version not in known.versions:
        errors["wording_version"] = (
            _("Name the version of the wording that the person saw.")
            if known.versions
            else _("This purpose has no wording, so nobody can have agreed to it. Add a wording first.")
        )
    if event == Event.CONFIRMED and wording_version is not None and wording_version not in (known.versions or ()):
        errors["wording_version"] = _("There is no such version of the wording.")
    errors.update(_mistaken_time(at, now))
    errors.update(_mistaken_evidence(evidence))
    return errors


def _mistaken_time(at: datetime, now: datetime) -> dict[str, str]:
    if at.year < EARLIEST_YEAR:
        return {"at": _("This date is too long ago.")}
    return {"at": _("This lies in the future.")} if at > now + CLOCK_SKEW else {}


def _mistaken_evidence(evidence: Mapping[str, str]) -> dict[str, str]:
    if sum(len(name) + len(text) for name, text in evidence.items()) > LONGEST:
        return {"evidence": _("That is more than %(limit)s characters.") % {"limit": LONGEST}}
    if DIGEST in evidence:
        return {"evidence": _("“%(name)s” is written by the program. Leave it out.") % {"name": DIGEST}}
    if any("\x00" in part or not _is_encodable(part) for item in evidence.items() for part in item):
        return {"evidence": _("This text has characters that cannot be stored.")}
    return {}


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


async def events_before(
    person_id: int | None, key: str | None, purpose: str, channel: str, at: datetime
) -> list[LedgerEvent]:
    """What the ledger holds about one subject, purpose and channel until then."""
    rows = await fetch(
        f"SELECT v.id, v.event, v.source, v.at, v.wording_version, {MAILBOX} FROM consent_event v "
        "WHERE (v.person_id = $1 OR v.address_key = $2) AND v.purpose = $3 AND v.channel = $4 AND v.at <= $5",
        person_id, key, purpose, channel, at,
    )  # fmt: skip
    return [
        LedgerEvent(r.id, Event(r.event), ConsentSource(r.source), r.at, r.wording_version, r.mailbox or "")
        for r in rows
    ]


def waiting_version(
    events: Iterable[LedgerEvent], known: Row, channel: str, event: Event, mailbox: str = ""
) -> int | None:
    """The wording of what waits to be confirmed (from this mailbox) or has run out after these events. Raises Invalid if nothing does:
    a late click on an old link must not undo a withdrawal."""
    state = state_of(events, needs_confirmation=known.needs_confirmation, channel=channel, address=mailbox)
    if event == Event.CONFIRMED and not _can_be_confirmed(state.status, known, channel):
        raise Invalid({"event": _("There is nothing to confirm. Record first that consent was given.")})
    if event == Event.EXPIRED and state.status not in (Status.GIVEN, Status.PENDING):
        raise Invalid({"event": _("There is no consent that could expire.")})
    return state.wording_version


def _can_be_confirmed(status: Status, known: Row, channel: str) -> bool:
    """What waits for it; and what was already given, where a second click on the link does no harm."""
    waits = must_be_confirmed(
        needs_confirmation=known.needs_confirmation, channel=channel, source=ConsentSource.WEB_FORM
    )
    return status == Status.PENDING or (status == Status.GIVEN and waits)


async def _append(
    person_id: int | None, key: str | None, purpose: str, channel: str, event: Event, version: int | None,
    source: ConsentSource, at: datetime, now: datetime, by: int | None, fields: Mapping[str, str], document: Proving | None,
) -> Link:  # fmt: skip
    """Write payload and event at the end of the chain. The caller holds the ledger's lock."""
    salt = secrets.token_bytes(16)
    payload_id = await fetch_value(
        "INSERT INTO consent_payload (salt, fields, name, sha256, size, media_type) VALUES ($1, $2::jsonb, $3, $4, $5, $6) RETURNING id",
        salt, payload_text(fields), document.name if document else "", fields[DIGEST] if document else "",
        len(document.content) if document else 0, document.media_type[:120] if document else "",
    )  # fmt: skip
    end = await fetch_one(
        "SELECT nextval('consent_event_id_seq') AS id, (SELECT hash FROM consent_event ORDER BY id DESC LIMIT 1) AS hash"
    )
    assert end is not None
    link = Link(
        end.id, person_id, key, purpose, channel, event.value, version, source.value, at, now, by, payload_id,
        payload_hash(salt, fields),
    )  # fmt: skip
    previous = bytes(end.hash) if end.hash else FIRST
    await execute(
        "INSERT INTO consent_event (id, person_id, address_key, purpose, channel, event, wording_version, source, at, "
        "recorded_at, recorded_by, payload_id, payload_hash, previous_hash, hash) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        *link, previous, link_hash(link, previous),
    )  # fmt: skip
    return link
