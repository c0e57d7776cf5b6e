"""The text blocks that a company starts with."""

from __future__ import annotations

from datetime import datetime

from crm.database import fetch
from crm.tickets.blocks.catalogue import write_text_block

PRESETS = (
    (
        "",
        "Eingang und nächster Schritt",
        "{Anrede}\n\nvielen Dank für Ihre Nachricht. Ich kümmere mich darum und melde mich bis {Frist} bei Ihnen.",
        "Received, and what comes next",
        "{salutation}\n\nThank you for your message. I am looking into it and will get back to you by {due}.",
    ),
    (
        "",
        "Rückfrage",
        "{Anrede}\n\ndamit ich Ihnen zu „{Betreff}“ weiterhelfen kann, brauche ich noch eine Angabe: {?Frage}",
        "Question back",
        "{salutation}\n\nTo help you with “{subject}” I need one more detail: {?question}",
    ),
    (
        "billing",
        "Rechnungsposition erklären",
        "Auf der Rechnung zu Ihrer Bestellung {Bestellnummer} steht die Position {?Position} für {?Erklärung}.",
        "Explain an item of the invoice",
        "On the invoice for your order {order_number}, the item {?item} stands for {?explanation}.",
    ),
    (
        "delivery",
        "Lieferung verspätet sich",
        "Ihre Bestellung {Bestellnummer} kommt später als zugesagt. Das tut mir leid. Der neue Liefertermin ist {?Termin}.",
        "Delivery is late",
        "Your order {order_number} will arrive later than promised. I am sorry. The new date is {?date}.",
    ),
    (
        "complaint",
        "Entschuldigung",
        "Das hätte nicht passieren dürfen, und ich entschuldige mich dafür. So bringen wir es in Ordnung: {?Lösung}",
        "Apology",
        "This should not have happened, and I apologise. This is how we put it right: {?solution}",
    ),
)
"""Topic, German name and text, English name and text."""


async def install_text_blocks(now: datetime) -> None:
    """Write the presets into the empty catalogue; those of a topic that the company does not have are for all topics."""
    known = {row.code for row in await fetch("SELECT code FROM topic")}
    for topic, name_de, body_de, name_en, body_en in PRESETS:
        values = {
            "topic": topic if topic in known else "", "name_de": name_de, "name_en": name_en, "body_de": body_de, "body_en": body_en,
        }  # fmt: skip
        await write_text_block(values, now)
