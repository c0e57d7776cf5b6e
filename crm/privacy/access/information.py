"""What the person is told beside the data themselves: GDPR Art. 15 (1) a to h and (2), letter by letter, from what the system knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from crm.consents.sentences import BASES
from crm.consents.tables import LegalBasis
from crm.customers.words import ORIGINS
from crm.database import Row, fetch
from crm.personal import Declared, Erase, declared
from crm.privacy.access.gathering import Gathered, Record
from crm.privacy.access.words import VALUE_SOURCES, moment_text
from crm.privacy.erasure.duty_actions import all_duties
from crm.privacy.erasure.words import duty_name
from crm.privacy.particulars.queries import particulars
from crm.privacy.particulars.words import LABELS
from crm.privacy.subject import Subject
from crm.profiles.explaining import Score, abc_sentence, rfm_sentence
from crm.profiles.tables import CustomerScore
from crm.records.export_purposes import FIXED
from crm.records.export_words import RECIPIENTS
from crm.web.i18n import N_, _, local_name, ngettext, word

ENDS = {
    Erase.DELETE: N_("until the purpose has ended; then it is deleted"),
    Erase.BLANK: N_("until the purpose has ended; then it is emptied, and only figures without a name remain"),
    Erase.STAYS: N_("as long as what it belongs to"),
}  # fmt: skip
_SCORE_COLUMNS = tuple(Score.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of the article: its sentences, and a table if there is one (heads, rows)."""

    letter: str
    article: str
    title: str
    sentences: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def purposes_named() -> dict[str, str]:
    """The purposes by their code, in the language of the moment."""
    return {row.code: local_name(row) for row in await fetch("SELECT code, name_de, name_en FROM purpose")}


async def periods_in_force() -> dict[str, str]:
    """How long each duty that is in force keeps, by its code, in the language of the moment: as the erasures reckon."""
    duties = await all_duties()
    found = {}
    for row in duties:
        if row.is_in_force:
            years = ngettext("one year", "%(num)s years", row.years) % {"num": row.years}
            counted = (
                _("%(years)s from the end of the year: %(duty)s")
                if row.from_year_end
                else _("%(years)s from the day itself: %(duty)s")
            )
            found[row.code] = counted % {"years": years, "duty": duty_name(duties, row.code)}
    return found


def kept_for(table: Declared, periods: Mapping[str, str]) -> str:
    """How long rows of this table are kept, and what becomes of them then."""
    ends = _(ENDS[table.erase])
    return f"{periods[table.keep]}; {ends}" if table.keep and table.keep in periods else ends


async def information(subject: Subject, found: Gathered) -> tuple[Letter, ...]:
    """All letters, for this person."""
    purposes, noted = await purposes_named(), await particulars()
    return (
        await _purposes(found),
        _categories(found),
        _recipients(found, purposes, noted.recipients),
        await _retention(found),
        _rights(),
        _complaint(noted.authority),
        _origin(found),
        await _decisions(subject),
        _abroad(noted.third_countries),
    )


async def _purposes(found: Gathered) -> Letter:
    asked = {record["purpose"] for record in found.records("consent_event")}
    asked |= {record["purpose"] for record in found.records("attribute_basis")}
    used = {record["purpose"] for record in found.records("outbox_message")}
    rows = await fetch("SELECT code, name_de, name_en, legal_basis FROM purpose ORDER BY position, code")
    told = tuple(
        (local_name(row), _(BASES[LegalBasis(row.legal_basis)]))
        for row in rows
        if row.code in asked | used or row.legal_basis not in ("consent", "internal")
    )
    attributes = [
        (local_name(row), _(BASES[LegalBasis(row.legal_basis)]) + (f" ({row.basis_note})" if row.basis_note else ""))
        for row in await _attributes(found)
    ]
    first = _("We keep and use your data for these purposes, each on its legal basis (GDPR Art. 6 (1)):")
    return Letter("a", "Art. 15 (1) a", _("Purposes"), (first,), (_("Purpose"), _("Legal basis")), (*told, *attributes))


def _categories(found: Gathered) -> Letter:
    rows = tuple(
        (_(declared(table).heading), str(n))
        for table, n in found.counts.items()
        if n and table not in ("export_subjects",)
    )
    sentence = _("These kinds of data about you are stored. The data themselves follow in the second part.")
    return Letter(
        "b",
        "Art. 15 (1) b",
        _("Categories of data"),
        (sentence,),
        (_("Kind of data"), _("Entries")),
        tuple(sorted(rows)),
    )


def _noted(name: str, text: str) -> tuple[str, ...]:
    """What the officer has written down, if anything; nobody is told that there is nothing where they know better."""
    return (f"{_(LABELS[name])}: {'; '.join(text.split(chr(10)))}",) if text.strip() else ()


def _recipients(found: Gathered, purposes: Mapping[str, str], noted: str) -> Letter:
    within = _(
        "Within our company, those read your data who need them for their work: sales, service, their leads, "
        "and the data protection officer."
    )  # fmt: skip
    exports = [
        (moment_text(run["finished_at"]), run["recipient"] or word(RECIPIENTS, run["recipient_kind"]),
         _export_purpose(run, purposes))
        for run in found.records("export_run")
        if run["status"] == "ready" and run.get("finished_at")
    ]  # fmt: skip
    passed_on = {
        record["outbox_id"]
        for record in found.records("ticket_message")
        if record["kind"] == "forward" and record.get("outbox_id")
    }
    mails = [
        (
            moment_text(mail.get("sent_at") or mail["created_at"]), mail["to_address"],
            _("enquiry passed on: %(subject)s") % {"subject": mail["subject"]},
        )
        for mail in found.records("outbox_message")
        if mail["id"] in passed_on
    ]  # fmt: skip
    copies = [
        (moment_text(copy["sent_at"]), copy["address"], _("copy of an e-mail to you"))
        for copy in found.records("outbox_copy")
        if copy.get("sent_at")
    ]
    rows = sorted({*exports, *mails, *copies})
    none = (
        ()
        if rows or noted.strip()
        else (
            _("Nobody outside has been given your data by export, by passing an enquiry on, or by a copy of a mail."),
        )
    )
    processors = _("E-mails leave through our mail provider, who handles them on our behalf (GDPR Art. 28).")
    sentences = (within, processors, *_noted("recipients", noted), *none)
    heads = (_("When"), _("Recipient"), _("What for"))
    return Letter("c", "Art. 15 (1) c", _("Recipients"), sentences, heads, tuple(rows))


def _export_purpose(run: Record, purposes: Mapping[str, str]) -> str:
    """What an export was for, in words."""
    code = str(run["purpose"])
    fixed = next((one.label for one in FIXED if one.code == code), "")
    name = _(fixed) if fixed else purposes.get(code.partition(":")[0], code)
    return f"{name}: {run['purpose_text']}" if run.get("purpose_text") else name


async def _retention(found: Gathered) -> Letter:
    rows: list[tuple[str, str]] = []
    periods = await periods_in_force()
    for table, n in found.counts.items():
        one = declared(table)
        if n and one.heading and table not in ("export_subjects", "attribute_value"):
            rows.append((_(one.heading), kept_for(one, periods)))
    for row in await _attributes(found):
        n = row.retention
        months = (
            ngettext("one month", "%(num)s months", n)
            if row.retention_unit == "months"
            else ngettext("one day", "%(num)s days", n)
        )
        rows.append((_("Attribute: %(name)s") % {"name": local_name(row)}, months % {"num": n}))
    sentence = _(
        "We keep your data as long as the purpose demands it. What a law makes us keep is kept so long, and "
        "used for nothing else."
    )  # fmt: skip
    return Letter(
        "d",
        "Art. 15 (1) d",
        _("How long data are kept"),
        (sentence,),
        (_("Kind of data"), _("Kept for")),
        tuple(sorted(rows)),
    )


def _rights() -> Letter:
    return Letter("e", "Art. 15 (1) e", _("Your rights"), (
        _("You can have wrong data put right (Art. 16) and have data erased (Art. 17) unless a law makes us keep them."),
        _("You can have processing restricted (Art. 18), and get what you gave us in a form that machines read (Art. 20)."),
        _(
            "You can object to processing that rests on legitimate interest, and to advertising at any time (Art. "
            "21). A consent can be withdrawn at any time, for the future (Art. 7 (3))."
        ),
        _("An answer to this letter, an e-mail or a call is enough. It costs nothing."),
    ))  # fmt: skip


def _complaint(authority: str) -> Letter:
    return Letter("f", "Art. 15 (1) f", _("Complaint to a supervisory authority"), (
        _(
            "You can complain to a supervisory authority for data protection, in particular where you live, where "
            "you work or where you think that something was done wrong (GDPR Art. 77)."
        ),
        *(
            _noted("authority", authority)
            or (_("In Germany each state has its own; the addresses stand at www.bfdi.bund.de."),)
        ),
    ))  # fmt: skip


def _origin(found: Gathered) -> Letter:
    rows: list[tuple[str, str]] = []
    for customer in found.records("customer"):
        told = [
            word(ORIGINS, customer["origin_code"]) if customer.get("origin_code") else "",
            customer.get("origin") or "",
        ]
        if any(told):
            rows.append((_("How you came to us"), ", ".join(one for one in told if one)))
    rows += [(_("Entered from"), duty["source"]) for duty in found.records("information_duty") if duty.get("source")]
    rows += [
        (_("Import of %(day)s") % {"day": moment_text(run["created_at"])}, run.get("source") or run["file_name"])
        for run in found.records("import_run")
        if run.get("created_at")
    ]
    sources = {str(record["source"]) for record in found.records("attribute_value") if record.get("source")}
    rows += [(_("Attributes"), word(VALUE_SOURCES, source)) for source in sorted(sources)]
    sentence = _("What is not named here we have from you: from calls, visits, e-mails, forms and orders.")
    return Letter(
        "g",
        "Art. 15 (1) g",
        _("Origin of the data"),
        (sentence,),
        (_("What"), _("From where")) if rows else (),
        tuple(rows),
    )


async def _decisions(subject: Subject) -> Letter:
    sentences = [
        _(
            "This program takes no decision about you by itself that has legal effect or harms you in a similar way (GDPR Art. 22)."
        )
    ]
    scores = await _scores(subject)
    for row in scores:
        values: dict[str, Any] = {name: row[name] for name in _SCORE_COLUMNS}
        score = Score(**values | {name: float(row[name]) for name in ("share", "share_before")})
        sentences += [abc_sentence(subject.name, score)]
        if score.rfm:
            sentences.append(rfm_sentence(score))
    if scores:
        sentences += [
            _(
                "How the class comes about: all customers with orders are ranked by their revenue. Those who together "
                "bring the largest share are in class A, the next in B, the rest in C. RFM rates from 1 to 5 how long "
                "ago, how often and for how much somebody ordered, compared with others."
            ),
            _(
                "What follows from it: sales staff see the class and may call sooner. The program makes neither prices nor terms "
                "depend on it. You can ask for a review by a human."
            ),
        ]  # fmt: skip
    else:
        sentences.append(_("No score is computed about you (no profiling)."))
    return Letter("h", "Art. 15 (1) h", _("Automated decisions and profiling"), tuple(sentences))


def _abroad(noted: str) -> Letter:
    return Letter("", "Art. 15 (2)", _("Countries outside the EU"), _noted("third_countries", noted) or (
        _(
            "No transfer of your data to a country outside the European Union is recorded in this program. A recipient there "
                "would be named under “Recipients”."
        ),
    ))  # fmt: skip


async def _attributes(found: Gathered) -> Sequence[Row]:
    """The definitions of the attributes that the person has."""
    names = {record["attribute"] for record in found.records("attribute_value")}
    if not names:
        return []
    return await fetch(
        "SELECT name_de, name_en, legal_basis, basis_note, retention, retention_unit FROM attribute "
        "WHERE name_de = ANY($1) OR name_en = ANY($1) ORDER BY position, id",
        sorted(str(name) for name in names),
    )


async def _scores(subject: Subject) -> Sequence[Row]:
    return await fetch(
        f"SELECT k.*, r.abc_a, r.abc_b FROM {CustomerScore._meta.tablename} k JOIN score_run r ON r.id = k.run WHERE k.customer = ANY($1)",
        list(subject.customers),
    )
