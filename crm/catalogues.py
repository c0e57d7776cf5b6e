"""What a company starts with: calendar, service levels, topics, phases, touchpoints, purposes. All can be changed."""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import partial

from crm.database import Lock, execute, fetch, fetch_value, take_lock, transaction
from crm.service_levels.versions import write_first_versions

SERVICE_LEVELS = (
    # code, German, English, first-contact level, contact rhythm in days, hours to first response / next / solution at normal
    ("basis", "Basis", "Basic", 1, 180, 8, 8, 40),
    ("silber", "Silber", "Silver", 1, 90, 4, 4, 24),
    ("gold", "Gold", "Gold", 2, 30, 1, 2, 8),
)
FACTORS = {"low": 2.0, "normal": 1.0, "high": 0.5, "urgent": 0.25}

TOPICS = (
    # code, German, English, level, first-contact level
    ("general", "Allgemeine Frage", "General question", 1, 1),
    ("product", "Produktberatung", "Product advice", 1, 2),
    ("order", "Bestellung", "Order", 1, 1),
    ("delivery", "Lieferung", "Delivery", 1, 1),
    ("billing", "Rechnung", "Invoice", 1, 1),
    ("technical", "Technische Störung", "Technical fault", 2, 2),
    ("contract", "Vertrag", "Contract", 2, 2),
    ("complaint", "Reklamation", "Complaint", 2, 2),
)

PHASES = (
    ("activation", "Aktivierung", "Activation", "before"),
    ("information", "Information", "Information", "before"),
    ("action", "Aktion", "Action", "during"),
    ("retention", "Kundenbindung", "Retention", "after"),
)

TOUCHPOINTS = (
    # code, German, English, phase, channels, direct, department, moment of truth, importance
    ("fair", "Messe", "Trade fair", "activation", "fair,visit", True, "Vertrieb", False, 3),
    ("advert", "Anzeige", "Advertisement", "activation", "press,web", False, "Marketing", False, 2),
    ("recommendation", "Empfehlung", "Recommendation", "activation", "word_of_mouth", False, "Marketing", False, 4),
    ("social_media", "Soziale Medien", "Social media", "activation", "social", True, "Marketing", False, 2),
    ("press_report", "Pressebericht", "Press report", "activation", "press", False, "Marketing", False, 2),
    ("review_portal", "Bewertungsportal", "Review portal", "information", "review", False, "Marketing", False, 4),
    ("website", "Webseite", "Website", "information", "web", False, "Marketing", False, 4),
    ("newsletter", "Newsletter", "Newsletter", "information", "email", True, "Marketing", False, 2),
    ("advice", "Beratung", "Advice", "information", "phone,visit,chat", True, "Vertrieb", False, 5),
    ("showroom", "Ausstellung", "Showroom", "information", "visit", True, "Vertrieb", False, 3),
    ("quotation", "Angebot", "Quotation", "information", "email,letter", True, "Vertrieb", False, 4),
    ("sales_visit", "Vertreterbesuch", "Sales visit", "action", "visit", True, "Vertrieb", False, 4),
    ("web_shop", "Webshop", "Web shop", "action", "web", False, "Vertrieb", False, 4),
    ("order_entry", "Bestellung", "Order", "action", "phone,email,web", True, "Innendienst", False, 5),
    (
        "order_status",
        "Wartezeit auf die Lieferung",
        "Waiting for delivery",
        "action",
        "phone,email,web",
        True,
        "Logistik",
        True,
        5,
    ),
    ("delivery", "Lieferung", "Delivery", "action", "visit,other", True, "Logistik", False, 5),
    ("installation", "Montage", "Installation", "action", "visit", True, "Service", False, 4),
    ("invoice", "Rechnung", "Invoice", "retention", "letter,email", True, "Buchhaltung", True, 4),
    ("hotline", "Hotline", "Hotline", "retention", "phone", True, "Service", True, 5),
    ("email_service", "Service per E-Mail", "Service by e-mail", "retention", "email", True, "Service", False, 4),
    ("complaint_handling", "Reklamation", "Complaint", "retention", "phone,email,letter", True, "Service", True, 5),
    ("maintenance", "Wartung", "Maintenance", "retention", "visit", True, "Service", False, 3),
    ("follow_up", "Nachfassen", "Follow-up", "retention", "phone,email", True, "Vertrieb", False, 3),
    ("thank_you", "Dankeschön", "Thank-you", "retention", "letter,email", True, "Vertrieb", False, 2),
    ("invitation", "Einladung", "Invitation", "retention", "letter,email", True, "Marketing", False, 2),
)

MOMENTS = {
    "invoice": "unclear_invoice", "order_status": "waiting_for_delivery", "hotline": "hotline_overloaded",
    "complaint_handling": "failed_service",
}  # fmt: skip
"""The four moments of truth that are known from the beginning: touchpoint -> reason for contact, which has the remedy."""

REASONS = (
    # code, German, English, moment of truth, touchpoint, topic, what helps then in German and in English
    (
        "unclear_invoice", "Unklarer Rechnungsposten", "Unclear invoice item", True, "", "billing",
        "Den Posten in einfachen Worten erklären und vormerken, was auf der Rechnung klarer stehen muss.",
        "Explain the item in plain words, and note what the invoice has to say more clearly.",
    ),
    (
        "waiting_for_delivery", "Warten auf die Lieferung", "Waiting for delivery", True, "order_status", "delivery",
        "Den Stand nennen, den nächsten Schritt mit Datum zusagen und sich melden, bevor der Kunde nachfragt.",
        "Say where things stand, promise the next step with a date, and get in touch before the customer has to ask.",
    ),
    (
        "hotline_overloaded", "Überlastete Hotline", "Overloaded hotline", True, "", "",
        "Sich für das Warten entschuldigen, einen Rückruf zu fester Zeit anbieten und andere Wege nennen (E-Mail, Chat).",
        "Apologise for the wait, offer to call back at a fixed time, and name other ways in (e-mail, chat).",
    ),
    (
        "failed_service", "Misslungener Service", "Failed service", True, "complaint_handling", "complaint",
        "Schnell und ohne Umwege helfen: eine Ansprechperson, eine Zusage, ein Anruf, wenn es erledigt ist.",
        "Help quickly and simply: one person to turn to, one promise, one call when it is done.",
    ),
    ("product_question", "Frage zum Produkt", "Question about a product", False, "", "product", "", ""),
    ("quotation", "Angebot", "Quotation", False, "quotation", "", "", ""),
    ("order", "Bestellung", "Order", False, "order_entry", "order", "", ""),
    ("appointment", "Termin vereinbaren", "Making an appointment", False, "", "", "", ""),
    ("fault", "Störung oder Defekt", "Fault or defect", False, "", "technical", "", ""),
    ("contract", "Vertrag und Daten", "Contract and data", False, "", "contract", "", ""),
    ("after_sales", "Nachbetreuung", "After-sales care", False, "follow_up", "", "", ""),
    ("feedback", "Lob, Kritik, Anregung", "Praise, criticism, suggestion", False, "", "", "", ""),
    ("other", "Anderer Grund", "Another reason", False, "", "", "", ""),
)  # fmt: skip

PURPOSES = (
    # code, German, English, legal basis, advertising, double opt-in, channels
    ("service", "Antworten auf Anfragen", "Replies to enquiries", "contract", False, False, "email,letter,phone"),
    (
        "correspondence", "Persönliche Korrespondenz", "Personal correspondence", "legitimate_interest", False, False,
        "email,letter,phone",
    ),
    (
        "contract", "Angebot, Auftrag und Termin", "Quotation, order and appointment", "contract", False, False,
        "email,letter,phone",
    ),
    ("account", "Konto und Zugang", "Account and access", "internal", False, False, "email"),
    ("privacy", "Auskunft und Datenschutz", "Data protection requests", "legal_duty", False, False, "email,letter"),
    (
        "confirmation", "Bestätigung von Einwilligungen", "Confirmation of consents", "contract", False, False, "email",
    ),
    ("newsletter", "Newsletter", "Newsletter", "consent", True, True, "email"),
    ("offers", "Angebote und Einladungen", "Offers and invitations", "consent", True, True, "email,phone,letter"),
    ("survey", "Zufriedenheitsumfragen", "Satisfaction surveys", "consent", True, True, "email,phone"),
)  # fmt: skip

WORDINGS = {
    "newsletter": (
        "Ich möchte den Newsletter per E-Mail erhalten. Ich kann diese Einwilligung jederzeit widerrufen.",
        "I would like to receive the newsletter by e-mail. I can withdraw this consent at any time.",
    ),
    "offers": (
        "Ich möchte über Angebote und Veranstaltungen informiert werden. Ich kann diese Einwilligung jederzeit widerrufen.",
        "I would like to hear about offers and events. I can withdraw this consent at any time.",
    ),
    "survey": (
        "Ich bin damit einverstanden, nach einem Kontakt um meine Meinung gebeten zu werden. "
        "Ich kann diese Einwilligung jederzeit widerrufen.",
        "I agree to be asked for my opinion after a contact. I can withdraw this consent at any time.",
    ),
}


CATALOGUES = (
    "company",
    "service_level",
    "topic",
    "phase",
    "purpose",
    "attribute",
    "guide",
    "contact_reason",
    "mail_template",
    "text_block",
)
"""One table for each catalogue that a company starts with: if it has a row, the catalogue is filled."""
_FILLED = " UNION ALL ".join(f"SELECT '{table}' AS name WHERE EXISTS (SELECT FROM {table})" for table in CATALOGUES)


async def install_catalogues(now: datetime | None = None) -> None:
    """Fill each catalogue that is still empty. Safe to run at every start; what a company changed stays."""
    if not await _empty():
        return  # as at nearly every start, which does not wait for the modules below to be read
    from crm.accounts.company import install_company

    moment = now or datetime.now(UTC)
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        empty = await _empty()
        if "company" in empty:
            await install_company()
        if "service_level" in empty:
            await _install_service_levels(moment)
        if "topic" in empty:
            for position, topic in enumerate(TOPICS):
                await execute(
                    "INSERT INTO topic (code, name_de, name_en, level, first_contact_level, position) "
                    "VALUES ($1, $2, $3, $4, $5, $6)", *topic, position,
                )  # fmt: skip
        if "phase" in empty:
            await _install_touchpoints()
        if "purpose" in empty:
            await _install_purposes(moment)
        await _install_words(empty, moment)


async def _install_words(empty: set[str], moment: datetime) -> None:
    """What later packages bring: attributes, guides, reasons for contact, templates of mails, text blocks."""
    from crm.interactions.mails.starting import install_templates
    from crm.profiles.starting import install_attributes
    from crm.tickets.blocks.presets import install_text_blocks
    from crm.touchpoints.guides.presets import install_guides

    for name, install in (
        ("attribute", partial(install_attributes, moment)),
        ("guide", partial(install_guides, moment)),
        ("contact_reason", _install_reasons),
        ("mail_template", partial(install_templates, moment)),
        ("text_block", partial(install_text_blocks, moment)),
    ):
        if name in empty:
            await install()


async def _empty() -> set[str]:
    """Those of CATALOGUES that have no row yet."""
    return set(CATALOGUES) - {row.name for row in await fetch(_FILLED)}


async def _install_service_levels(now: datetime) -> None:
    calendar = await fetch_value(
        "INSERT INTO business_calendar (code, name, zone, country, state) "
        "VALUES ('office', 'Bürozeiten', 'Europe/Berlin', 'DE', '') RETURNING id"
    )
    for weekday in range(5):
        await execute(
            "INSERT INTO opening_hours (calendar, weekday, opens, closes) VALUES ($1, $2, $3, $4)",
            calendar, weekday, time(8), time(18),
        )  # fmt: skip
    for position, (code, german, english, level, rhythm, first, following, solution) in enumerate(SERVICE_LEVELS):
        row = await fetch_value(
            "INSERT INTO service_level (code, name_de, name_en, position, calendar, first_contact_level, contact_rhythm_days) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id", code, german, english, position, calendar, level, rhythm,
        )  # fmt: skip
        for priority, factor in FACTORS.items():
            await execute(
                "INSERT INTO service_target (service_level, priority, first_response_min, next_response_min, solution_min) "
                "VALUES ($1, $2, $3, $4, $5)",
                row, priority, int(first * 60 * factor), int(following * 60 * factor), int(solution * 60 * factor),
            )  # fmt: skip
    await write_first_versions(now)


async def _install_touchpoints() -> None:
    phases = {}
    for position, (code, german, english, stage) in enumerate(PHASES):
        phases[code] = await fetch_value(
            "INSERT INTO phase (code, name_de, name_en, stage, position) VALUES ($1, $2, $3, $4, $5) RETURNING id",
            code, german, english, stage, position,
        )  # fmt: skip
    for position, (code, german, english, phase, channels, direct, department, moment, importance) in enumerate(
        TOUCHPOINTS
    ):
        await execute(
            "INSERT INTO touchpoint (code, name_de, name_en, phase, position, channels, is_direct, department, "
            "is_moment_of_truth, importance, target, state, moments) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 4.2, 'active', $11)",
            code, german, english, phases[phase], position, channels, direct, department, moment, importance, MOMENTS.get(code, ""),
        )  # fmt: skip


async def _install_purposes(now: datetime) -> None:
    for position, (code, german, english, basis, advertising, confirmation, channels) in enumerate(PURPOSES):
        purpose = await fetch_value(
            "INSERT INTO purpose (code, name_de, name_en, legal_basis, is_advertising, needs_confirmation, channels, position, "
            "version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) RETURNING id",
            code, german, english, basis, advertising, confirmation, channels, position,
        )  # fmt: skip
        for language, text in zip(("de", "en"), WORDINGS.get(code, ()), strict=False):
            await execute(
                "INSERT INTO wording (purpose, version, language, text, valid_from) VALUES ($1, 1, $2, $3, $4)",
                purpose, language, text, now,
            )  # fmt: skip


async def _install_reasons() -> None:
    """A touchpoint or a topic that the company has not (any more) is left out."""
    for position, (code, german, english, moment, touchpoint, topic, help_de, help_en) in enumerate(REASONS):
        await execute(
            "INSERT INTO contact_reason (code, name_de, name_en, is_moment_of_truth, touchpoint, topic, remedy_de, remedy_en, "
            "position, version) VALUES ($1, $2, $3, $4, (SELECT id FROM touchpoint WHERE code = $5), "
            "(SELECT id FROM topic WHERE code = $6), $7, $8, $9, 1)",
            code, german, english, moment, touchpoint, topic, help_de, help_en, position,
        )  # fmt: skip
