"""What the agents of the demo company may decide alone."""

from __future__ import annotations

from crm.database import execute

# topic ("" for all), German, English, then German and English per level
_MATTERS = (
    ("", "Kulanz", "Goodwill", ("bis 50 €", "up to €50"), ("bis 150 €", "up to €150"), ("bis 500 €", "up to €500")),
    ("delivery", "Neuer Liefertermin", "New delivery date", ("innerhalb derselben Woche", "within the same week"),
        ("frei wählbar", "any date"), ("", "")),
    ("billing", "Ratenzahlung", "Payment by instalments", ("", ""), ("bis 3 Raten", "up to 3 instalments"),
        ("bis 6 Raten", "up to 6 instalments")),
    ("complaint", "Ersatzteil ohne Prüfung", "Spare part without inspection", ("bis 80 €", "up to €80"),
        ("bis 250 €", "up to €250"), ("jedes", "any")),
    ("complaint", "Rücknahme", "Taking goods back", ("", ""), ("innerhalb von 30 Tagen", "within 30 days"),
        ("auch später", "later as well")),
    ("technical", "Kundendienst vor Ort", "Visit by a fitter", ("", ""), ("kostenlos in der Gewährleistung", "free under warranty"),
        ("auch danach kostenlos", "free afterwards as well")),
)  # fmt: skip


async def say_what_may_be_decided() -> None:
    """Write the list, in the caller's transaction."""
    for position, (topic, german, english, *limits) in enumerate(_MATTERS):
        await execute(
            "INSERT INTO latitude (topic, name_de, name_en, position, limit_1_de, limit_1_en, limit_2_de, limit_2_en, "
            "limit_3_de, limit_3_en) VALUES ((SELECT id FROM topic WHERE code = $1), $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            topic, german, english, position, *(words for level in limits for words in level),
        )  # fmt: skip
