"""The seven guides for good contact that a company starts with. All of them can be changed."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from crm.database import execute, fetch_value

REVIEW_AFTER = timedelta(days=182)

# code, German, English, touchpoints, channels, steps (for everyone "", a private "person" or an "organisation"; German, English)
GUIDES: tuple[tuple[str, str, str, str, str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "listening", "Zuhören und verstehen", "Listen and understand", "advice,website,web_shop", "phone,chat,other",
        (
            ("", "Ausreden lassen, erst dann fragen", "Let them finish, then ask"),
            ("person", "Fragen, wofür es gebraucht wird und wer damit lebt", "Ask what it is for and who will live with it"),
            (
                "organisation", "Fragen, was das Vorhaben erreichen soll und bis wann",
                "Ask what the project must achieve, and by when",
            ),
            ("organisation", "Klären, wer mitentscheidet und wer es benutzt", "Find out who decides and who will use it"),
            (
                "", "In eigenen Worten zusammenfassen: „Habe ich Sie richtig verstanden?“",
                "Sum up in your own words: “Did I understand you correctly?”",
            ),
            ("", "Fragen, was dabei am wichtigsten ist", "Ask what matters most to them"),
        ),
    ),
    (
        "greeting", "Begrüßen und ankommen", "Welcome", "fair,showroom,sales_visit,recommendation", "visit,fair",
        (
            ("", "Mit Namen begrüßen und sich selbst vorstellen", "Greet by name and introduce yourself"),
            (
                "person", "Anrede so wählen, wie es der Kunde möchte, im Zweifel „Sie“",
                "Address them as they like; formally if in doubt",
            ),
            ("organisation", "Funktion und Zuständigkeit des Gegenübers klären", "Find out what the person is responsible for"),
            (
                "person", "Einen Satz zum Ankommen: Anfahrt, Zuhause, Familie",
                "A sentence to arrive: the way here, home, family",
            ),
            (
                "organisation", "Einen Satz zum Ankommen: Lage im Betrieb, letztes Projekt",
                "A sentence to arrive: how business is, the last project",
            ),
            ("", "Anlass und verfügbare Zeit klären", "Agree on the reason and on the time there is"),
            ("", "Etwas anbieten: Platz, Getränk, Ruhe", "Offer something: a seat, a drink, quiet"),
        ),
    ),
    (
        "speed", "Schnell helfen", "Help quickly", "hotline,order_status", "",
        (
            ("", "Sofort sagen, dass man sich kümmert", "Say at once that you will take care of it"),
            ("", "Alles Nötige in einem Zug erfragen, nichts doppelt", "Ask for all you need at once, nothing twice"),
            ("person", "Gleich lösen, was gleich lösbar ist", "Solve now what can be solved now"),
            (
                "organisation", "Fragen, was im Betrieb stillsteht, und danach die Reihenfolge festlegen",
                "Ask what stands still at their site, and set the order by it",
            ),
            ("", "Sonst nennen, wer sich bis wann meldet", "Otherwise say who will call back, and by when"),
        ),
    ),
    (
        "honesty", "Ehrlich bleiben", "Be honest", "quotation,invoice,delivery", "",
        (
            ("", "Preis, Termin und Grenzen offen nennen", "Say price, date and limits openly"),
            ("", "Sagen, was man nicht weiß, und es klären", "Say what you don't know, and find out"),
            ("person", "Auch die günstigere Möglichkeit zeigen", "Show the cheaper option, too"),
            (
                "organisation", "Folgekosten und Alternativen schriftlich gegenüberstellen",
                "Set out later costs and alternatives in writing",
            ),
            ("", "Einen Fehler zugeben, bevor danach gefragt wird", "Admit a mistake before anybody asks"),
        ),
    ),
    (
        "friendliness", "Freundlich im Ton", "A friendly tone", "email_service,thank_you,invitation,newsletter,social_media",
        "email,letter,social,web",
        (
            (
                "person", "Persönlich anreden und auf den letzten Kontakt eingehen",
                "Address them personally and mention the last contact",
            ),
            (
                "organisation", "Anrede mit Namen und Titel prüfen, Kopie nur an Beteiligte",
                "Check name and title; copy only those involved",
            ),
            ("", "Mit dem beginnen, was der Kunde wissen will", "Begin with what the customer wants to know"),
            ("", "Kurze Sätze ohne Fachwörter schreiben", "Write short sentences without jargon"),
            ("", "Danken oder bedauern, und es auch so meinen", "Say thank you or sorry, and mean it"),
            ("", "Vor dem Absenden noch einmal laut lesen", "Read it aloud before sending"),
        ),
    ),
    (
        "solution", "Eine gute Lösung finden", "Find a good solution", "complaint_handling,maintenance,installation", "",
        (
            ("", "Verständnis zeigen, ohne Schuld zu suchen", "Show understanding without looking for who is to blame"),
            ("", "Genau erfragen, was passiert ist, und es notieren", "Ask exactly what happened, and note it"),
            ("person", "Fragen, was jetzt am meisten helfen würde", "Ask what would help most right now"),
            (
                "organisation", "Fragen, wer im Betrieb betroffen ist und wer zustimmen muss",
                "Ask who is affected at their site and who must agree",
            ),
            ("", "Zwei Lösungen anbieten und wählen lassen", "Offer two solutions and let them choose"),
            ("", "Vereinbarung wiederholen und schriftlich bestätigen", "Repeat what was agreed and confirm it in writing"),
        ),
    ),
    (
        "follow_through", "Zusagen halten", "Keep promises", "follow_up,order_entry", "",
        (
            ("", "Vorher lesen, was zuletzt zugesagt wurde", "First read what was promised last time"),
            ("person", "Fragen, ob alles so ist, wie es sein soll", "Ask whether everything is as it should be"),
            (
                "organisation", "Fragen, ob es im Alltag der Nutzer funktioniert",
                "Ask whether it works for those who use it every day",
            ),
            ("", "Offenes sofort klären oder mit Termin zusagen", "Settle what is open, or promise it with a date"),
            (
                "", "Nächsten Schritt vereinbaren und als Wiedervorlage eintragen",
                "Agree on the next step and enter a follow-up",
            ),
        ),
    ),
)  # fmt: skip


async def install_guides(now: datetime) -> None:
    """Write the seven, in the caller's transaction; each is looked at again after half a year."""
    for position, (code, german, english, touchpoints, channels, steps) in enumerate(GUIDES):
        guide = await fetch_value(
            "INSERT INTO guide (code, name_de, name_en, touchpoints, channels, position, is_active, review_on, version) "
            "VALUES ($1, $2, $3, $4, $5, $6, true, $7, 1) RETURNING id",
            code, german, english, touchpoints, channels, position, (now + REVIEW_AFTER).date(),
        )  # fmt: skip
        stored = [
            {"key": f"s{number}", "for": meant or "everyone", "de": de, "en": en}
            for number, (meant, de, en) in enumerate(steps, 1)
        ]
        await execute(
            "INSERT INTO guide_version (guide, version, steps, at) VALUES ($1, 1, $2, $3)",
            guide, msgspec.json.encode(stored).decode(), now,
        )  # fmt: skip
