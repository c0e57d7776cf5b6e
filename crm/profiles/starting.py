"""What a company starts with: two purposes for which data are kept, and a handful of attributes. Data minimisation is the
default (GDPR Art. 5 (1) c): more is for each company to define."""

from __future__ import annotations

from datetime import datetime

from crm.consents.purposes import add_purpose
from crm.database import execute, fetch_value
from crm.profiles.defining import define_attribute
from crm.profiles.definitions import Choice
from crm.profiles.forms import AttributeData
from crm.profiles.tables import About, AttributeKind, ValueType

ADVICE, PROFILING = "advice", "profiling"

PURPOSES = (
    # code, German, English, wording in German, in English
    (
        ADVICE, "Persönliche Beratung", "Personal advice",
        "Ich bin damit einverstanden, dass Angaben zu meinen Wünschen und Gewohnheiten gespeichert werden, damit ich passend "
        "beraten werde. Ich kann diese Einwilligung jederzeit widerrufen.",
        "I agree that what I say about my wishes and habits is kept, so that I get fitting advice. I can withdraw this consent "
        "at any time.",
    ),
    (
        PROFILING, "Kundenwert (ABC und RFM)", "Customer value (ABC and RFM)",
        "Ich bin damit einverstanden, dass aus meinen Bestellungen ein Kundenwert berechnet wird: mein Anteil am Umsatz, wie "
        "lange die letzte Bestellung her ist, wie oft und für wie viel ich bestelle. Ich kann verlangen, dass ein Mensch das "
        "Ergebnis prüft, und diese Einwilligung jederzeit widerrufen.",
        "I agree that a customer value is computed from my orders: my share of revenue, how long ago my last order was, how "
        "often and for how much I order. I can ask that a human being reviews the result, and withdraw this consent at any time.",
    ),
)  # fmt: skip

ATTRIBUTES = (
    AttributeData(
        code="industry", name_de="Branche", name_en="Industry", kind=AttributeKind.SOCIO_DEMOGRAPHIC,
        data_type=ValueType.CHOICE, about=About.ORGANISATION, purpose="service", legal_basis="contract", retention=60,
        choices=(
            Choice("crafts", "Handwerk", "Crafts"), Choice("trade", "Handel", "Trade"),
            Choice("industry", "Industrie", "Industry"), Choice("services", "Dienstleistung", "Services"),
            Choice("public", "Öffentliche Hand", "Public sector"),
        ),
    ),
    AttributeData(
        code="employees", name_de="Beschäftigte", name_en="Employees", kind=AttributeKind.SOCIO_DEMOGRAPHIC,
        data_type=ValueType.NUMBER, about=About.ORGANISATION, purpose="service", legal_basis="contract", retention=24,
        hint_de="Ungefähre Zahl; keine Namen", hint_en="A rough number; no names",
    ),
    AttributeData(
        code="good_time_to_call", name_de="Gut zu erreichen", name_en="Good time to call", kind=AttributeKind.BEHAVIOURAL,
        data_type=ValueType.TEXT, about=About.PERSON, purpose="service", legal_basis="contract", retention=24,
        hint_de="Zum Beispiel: vormittags, nicht freitags", hint_en="For example: in the mornings, not on Fridays",
    ),
    AttributeData(
        code="decides_by", name_de="Entscheidet nach", name_en="Decides by", kind=AttributeKind.PSYCHOGRAPHIC,
        data_type=ValueType.CHOICE, about=About.PERSON, purpose=ADVICE, legal_basis="consent", retention=24,
        hint_de="Nur, was die Person selbst gesagt hat", hint_en="Only what the person said themselves",
        choices=(
            Choice("price", "Preis", "Price"), Choice("quality", "Qualität", "Quality"), Choice("speed", "Tempo", "Speed"),
            Choice("advice", "Beratung", "Advice"),
        ),
    ),
)  # fmt: skip


async def install_attributes(now: datetime) -> None:
    """Fill the catalogue, which is empty. The caller holds the lock of the catalogues and a transaction."""
    for code, name_de, name_en, wording_de, wording_en in PURPOSES:
        if not await fetch_value("SELECT 1 FROM purpose WHERE code = $1", code):
            await add_purpose(code, name_de, name_en, wording_de, wording_en, by=None, now=now)
    for data in ATTRIBUTES:
        await define_attribute(data, by=None, now=now)
    await execute("INSERT INTO score_settings (abc_a, abc_b, profiling_basis, version) VALUES (80, 95, 'consent', 1) "
                  "ON CONFLICT DO NOTHING")  # fmt: skip
