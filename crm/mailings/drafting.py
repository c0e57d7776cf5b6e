"""The verbs about drafts: begin one, change it, throw it away, send it to oneself to try."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import changes, record
from crm.accounts.current import CurrentUser
from crm.consents.sending import queue_mail
from crm.consents.unsubscribing import as_read
from crm.customers.lists.views import view_for
from crm.database import Row, execute, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound, RuleBroken
from crm.mailings.audience import audience_query, example_for, first_choices
from crm.mailings.forms import Draft
from crm.mailings.queries import readers, surroundings
from crm.mailings.rules import text_language
from crm.mailings.tables import MailingKind, MailingStatus
from crm.mailings.texts import compose, texts_of
from crm.mailings.words import LABELS
from crm.web.i18n import LANGUAGES, _, speaking

FIELDS = (
    "kind", "purpose", "name", "view_id", "subject_de", "subject_en", "body_de", "body_en", "per_minute", "at_night",
)  # fmt: skip
TEST_PURPOSE = "account"
"""What goes to one's own account."""


async def draft_mailing(draft: Draft, user: CurrentUser, *, now: datetime) -> int:
    """A new draft; its id. Raises Invalid for a view that is not for this user."""
    async with transaction():
        await _demand_view(draft.view_id, None, user)
        new = await fetch_value(
            'INSERT INTO mailing (kind, purpose, name, "view", subject_de, subject_en, body_de, body_en, per_minute, at_night, '
            "audience_by, created_by, created_at, changed_by, changed_at, status, version, query, view_name, problem, confirmed) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $11, $12, 'draft', 1, '', '', '', 0) RETURNING id",
            draft.kind.value, draft.purpose, draft.name, draft.view_id, draft.subject_de, draft.subject_en, draft.body_de,
            draft.body_en, draft.per_minute, draft.at_night, user.id, now,
        )  # fmt: skip
        await record("mailing.drafted", "mailing", new, by=user.id, now=now, fields=draft.recorded())
        return int(new)


async def change_mailing(
    mailing_id: int, draft: Draft, version: int | None, user: CurrentUser, *, now: datetime
) -> None:
    """Write what differs. Raises NotFound, RuleBroken for one that is no draft any more, Conflict with both versions if somebody else
    changed it since `version`."""
    async with transaction():
        row = await locked_draft(mailing_id)
        before = draft_in(row)
        old, new = before.recorded(), draft.recorded()
        different = {name: value for name, value in new.items() if old[name] != value}
        if not different:
            return
        if version is not None and version != row.version:
            raise Conflict(_("Somebody else changed this draft meanwhile."), _differences(old, different), row.version)
        await _demand_view(draft.view_id, before.view_id, user)
        await execute(
            'UPDATE mailing SET kind = $2, purpose = $3, name = $4, "view" = $5, subject_de = $6, subject_en = $7, body_de = $8, '
            'body_en = $9, per_minute = $10, at_night = $11, audience_by = CASE WHEN "view" IS DISTINCT FROM $5 THEN $12 '
            "ELSE audience_by END, changed_by = $12, changed_at = $13, version = version + 1 WHERE id = $1",
            mailing_id, draft.kind.value, draft.purpose, draft.name, draft.view_id, draft.subject_de, draft.subject_en,
            draft.body_de, draft.body_en, draft.per_minute, draft.at_night, user.id, now,
        )  # fmt: skip
        await record("mailing.changed", "mailing", mailing_id, by=user.id, now=now, fields=changes(old, new))


async def discard_mailing(mailing_id: int, *, by: int, now: datetime) -> None:
    """Throw a draft away. What has begun stays on record. Raises NotFound, RuleBroken."""
    async with transaction():
        row = await locked_draft(mailing_id)
        await execute("DELETE FROM mailing WHERE id = $1", mailing_id)
        await record("mailing.discarded", "mailing", mailing_id, by=by, now=now, fields=draft_in(row).recorded())


async def send_test(mailing: Row, user: CurrentUser, *, now: datetime) -> list[str]:
    """The mail in each language that has a text, to the user's own address, filled as an example reader would get it; the languages.
    It goes to one's own staff, so it needs nobody's consent. Raises RuleBroken if there is nobody to stand as the example."""
    query, texts, sent = await audience_query(mailing), texts_of(mailing), []
    around = await surroundings(user.id, now)
    found_of_view = await first_choices(query, by=mailing.audience_by, purpose=mailing.purpose, now=now)
    async with transaction():
        for language in LANGUAGES:
            if text_language(language, texts) != language:
                continue
            whom = example_for(found_of_view, language)
            found = await readers([(1, whom.person_id, whom.customer_id, whom.address)]) if whom is not None else {}
            if not found:
                raise RuleBroken(_("Choose first whom it is for: a reader's name stands in the test."))
            _language, mail = compose(texts, found[1], language, around)
            mail = await as_read(mail, mailing.purpose, language, is_advertising=mailing.is_advertising)
            with speaking(language):
                subject = _("Test: %(subject)s") % {"subject": mail.subject}
            await queue_mail(
                purpose=TEST_PURPOSE, to_address=user.email, to_name=user.name, subject=subject, text=mail.text, html=mail.html,
                language=language, now=now, by=user.id, user_id=user.id,
            )  # fmt: skip
            sent.append(language)
    return sent


async def locked_draft(mailing_id: int) -> Row:
    """The draft, held until the transaction ends. Raises NotFound, RuleBroken if it is none any more."""
    row = await fetch_one("SELECT * FROM mailing WHERE id = $1 FOR UPDATE", mailing_id)
    if row is None:
        raise NotFound()
    if row.status != MailingStatus.DRAFT:
        raise RuleBroken(_("This is no draft any more: what was confirmed stays as it was confirmed."))
    return row


def draft_in(row: Row) -> Draft:
    return Draft(
        MailingKind(row.kind), row.purpose, row.name, row["view"], row.subject_de, row.subject_en, row.body_de, row.body_en,
        row.per_minute, row.at_night,
    )  # fmt: skip


def _differences(old: dict[str, object], different: dict[str, object]) -> list[Difference]:
    shown = {"mailing_kind": "kind"}
    return [
        Difference(shown.get(name, name), _(LABELS[shown.get(name, name)]), str(old[name] or ""), str(value or ""))
        for name, value in different.items()
    ]


async def _demand_view(view_id: int | None, known: int | None, user: CurrentUser) -> None:
    """A view of one's own or one's team; the one that was chosen before stays allowed."""
    if view_id is None or view_id == known:
        return
    try:
        await view_for(user, view_id)
    except NotFound:
        raise Invalid({"view_id": _("This view is not there any more, or not for you. Choose another one.")}) from None
