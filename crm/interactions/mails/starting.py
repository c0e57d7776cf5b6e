"""The templates that a company starts with. All can be changed, and more be added."""

from __future__ import annotations

from datetime import datetime

from crm.database import execute

PRESETS = (
    # purpose, German name, subject, text; English name, subject, text
    (
        "service",
        "Antwort auf eine telefonische Anfrage", "Ihre Anfrage vom {?Datum des Anrufs}",
        "{Anrede}\n\n"
        "vielen Dank für Ihren Anruf. Gern fasse ich zusammen, was wir besprochen haben:\n\n"
        "{?Ihre Frage und unsere Antwort}\n\n"
        "Als Nächstes {?was wir tun, und bis wann}.\n\n"
        "Ist etwas offen geblieben? Dann antworten Sie einfach auf diese E-Mail oder rufen Sie mich an: {meine Telefonnummer}.",
        "Answer to an enquiry by phone", "Your enquiry of {?date of the call}",
        "{salutation}\n\n"
        "Thank you for your call. Here is a short summary of what we discussed:\n\n"
        "{?your question and our answer}\n\n"
        "The next step: {?what we will do, and by when}.\n\n"
        "If anything is still open, just reply to this e-mail or call me on {my_phone}.",
    ),
    (
        "contract",
        "Terminbestätigung", "Unser Termin am {?Tag}",
        "{Anrede}\n\n"
        "hiermit bestätige ich unseren Termin:\n\n"
        "Wann: {?Wochentag, Datum und Uhrzeit}\n"
        "Wo: {?Ort oder Telefonnummer}\n"
        "Worum es geht: {?Anlass}\n\n"
        "Bitte halten Sie bereit: {?Unterlagen, oder diese Zeile löschen}\n\n"
        "Kommt Ihnen etwas dazwischen, sagen Sie mir kurz Bescheid: {meine Telefonnummer}. Wir finden dann einen neuen Termin.",
        "Appointment confirmation", "Our appointment on {?day}",
        "{salutation}\n\n"
        "I am pleased to confirm our appointment:\n\n"
        "When: {?weekday, date and time}\n"
        "Where: {?place or telephone number}\n"
        "What it is about: {?subject}\n\n"
        "Please have ready: {?documents, or delete this line}\n\n"
        "Should anything come up, please let me know on {my_phone}, and we will find another time.",
    ),
    (
        "correspondence",
        "Dank für ein Gespräch", "Vielen Dank für das Gespräch",
        "{Anrede}\n\n"
        "vielen Dank, dass Sie sich heute Zeit für mich genommen haben. Mitgenommen habe ich vor allem:\n\n"
        "{?was dem Kunden wichtig ist}\n\n"
        "Wie besprochen {?was wir zugesagt haben, und bis wann}.\n\n"
        "Habe ich etwas übersehen? Dann freue ich mich über eine kurze Nachricht.",
        "Thank-you for a conversation", "Thank you for our conversation",
        "{salutation}\n\n"
        "Thank you for taking the time to talk to me today. What I have taken away above all:\n\n"
        "{?what matters to the customer}\n\n"
        "As agreed, {?what we promised, and by when}.\n\n"
        "If I have missed anything, please drop me a line.",
    ),
    (
        "contract",
        "Nachfrage zu einem Angebot", "Unser Angebot {Angebotsnummer}",
        "{Anrede}\n\n"
        "am {Angebotsdatum} haben wir Ihnen unser Angebot {Angebotsnummer} geschickt. Konnten Sie es sich schon ansehen?\n\n"
        "Gern erkläre ich einzelne Posten oder passe das Angebot an, wenn sich bei Ihnen etwas geändert hat. "
        "Am schnellsten geht das am Telefon: {meine Telefonnummer}.\n\n"
        "Auch wenn Sie sich anders entschieden haben, hilft mir eine kurze Nachricht.",
        "Quotation follow-up", "Our quotation {quotation_number}",
        "{salutation}\n\n"
        "On {quotation_date} we sent you our quotation {quotation_number}. Have you had a chance to look at it?\n\n"
        "I would be glad to explain any item, or to adapt the quotation if something has changed on your side. "
        "The quickest way is by phone: {my_phone}.\n\n"
        "If you have decided otherwise, a short message would help me too.",
    ),
    (
        "correspondence",
        "Dank nach der Lieferung", "Vielen Dank für Ihre Bestellung {Bestellnummer}",
        "{Anrede}\n\n"
        "Ihre Bestellung {Bestellnummer} ist geliefert. Vielen Dank für Ihr Vertrauen.\n\n"
        "Ist alles so, wie Sie es sich vorgestellt haben? Wenn etwas fehlt oder nicht passt, antworten Sie einfach auf diese E-Mail. "
        "Wir kümmern uns darum.",
        "Thank-you after the delivery", "Thank you for your order {order_number}",
        "{salutation}\n\n"
        "Your order {order_number} has been delivered. Thank you for your trust.\n\n"
        "Is everything as you had imagined it? If something is missing or does not fit, just reply to this e-mail. "
        "We will see to it.",
    ),
    (
        "correspondence",
        "Information nach einer Messe", "Ihr Besuch an unserem Stand auf der {?Messe}",
        "{Anrede}\n\n"
        "schön, dass Sie uns auf der {?Messe} besucht haben. Sie hatten nach {?Thema} gefragt; "
        "wie versprochen finden Sie die Unterlagen dazu im Anhang.\n\n"
        "{?ein Satz zu dem, was für den Kunden wichtig war}\n\n"
        "Wenn Sie dazu Fragen haben, erreichen Sie mich unter {meine Telefonnummer}. "
        "Möchten Sie keine weiteren Nachrichten dazu, genügt eine kurze Antwort.",
        "Information after a fair", "Your visit to our stand at {?fair}",
        "{salutation}\n\n"
        "It was good to meet you at {?fair}. You had asked about {?topic}; "
        "as promised, please find the information attached.\n\n"
        "{?a sentence about what mattered to the customer}\n\n"
        "If you have any questions, you can reach me on {my_phone}. "
        "If you would rather not hear from us about this again, a short reply is enough.",
    ),
)  # fmt: skip


async def install_templates(now: datetime) -> None:
    """Write the presets into the empty catalogue."""
    for position, (purpose, name_de, subject_de, body_de, name_en, subject_en, body_en) in enumerate(PRESETS):
        await execute(
            "INSERT INTO mail_template (purpose, name_de, name_en, subject_de, subject_en, body_de, body_en, position, changed_at, "
            "version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
            purpose, name_de, name_en, subject_de, subject_en, body_de, body_en, position, now,
        )  # fmt: skip
