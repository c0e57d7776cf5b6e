"""Enquiries of the demo company: what the customer writes, what we answer, why the question arose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Enquiry:
    """One concern: kind (question, complaint, fault, wish), subject, the customer's words, our answer."""

    topic: str
    kind: str
    subject: str
    text: str
    reply: str


def _enquiries(topic: str, block: str) -> tuple[Enquiry, ...]:
    """Four lines each: kind and subject, text, answer, an empty line between two of them."""
    found = []
    for paragraph in block.strip().split("\n\n"):
        head, text, reply = (line.strip() for line in paragraph.strip().splitlines())
        kind, subject = head.split(": ", 1)
        found.append(Enquiry(topic, kind, subject, text, reply))
    return tuple(found)


GERMAN = {
    topic: _enquiries(topic, block)
    for topic, block in {
        "general": """
            question: Öffnungszeiten zwischen den Feiertagen
            Guten Tag, haben Sie zwischen Weihnachten und Neujahr geöffnet? Wir würden gern mit den Kindern vorbeikommen.
            Guten Tag, die Ausstellung ist an den Werktagen von 10 bis 16 Uhr geöffnet. Wir freuen uns auf Sie.

            question: Öffnungszeiten
            Guten Tag, haben Sie samstags geöffnet?
            Guten Tag, ja: samstags von 10 bis 16 Uhr. Wir freuen uns auf Sie.

            question: Alte Küche
            Nehmen Sie bei der Lieferung auch die alte Küche mit?
            Ja, wir bauen sie am selben Tag ab und entsorgen sie. Je nach Größe kostet das 250 bis 450 Euro.

            question: Parken vor der Ausstellung
            Gibt es bei Ihnen einen Parkplatz für einen Transporter? Wir möchten die Muster gleich mitnehmen.
            Ja, im Hof ist Platz. Klingeln Sie bitte an der Rampe, dann öffnen wir das Tor.

            wish: Katalog auf Papier
            Meine Mutter schaut nicht ins Internet. Können Sie einen gedruckten Katalog schicken?
            Sehr gern, er geht heute in die Post.

            question: Entsorgung der alten Küche
            Nehmen Sie unsere alte Küche mit, und was kostet das?
            Ja, wir nehmen sie am Tag der Montage mit. Bis zu fünf Schränken berechnen wir 180 EUR.
        """,
        "product": """
            question: Hitzebeständigkeit von {product}
            Darf man einen heißen Topf auf {product} stellen, oder gibt das Ränder?
            Kurz ja, länger bitte mit Untersetzer. Massivholz und Verbundstein nehmen sonst Schaden.

            question: Farben für {product}
            Gibt es {product} auch in einem warmen Grau? Im Katalog finde ich nur drei Farben.
            Es gibt 24 Farben. Die Karte schicken wir Ihnen zu, zwei Muster legen wir bei.

            question: Pflege der Arbeitsplatte
            Wie oft muss man eine Arbeitsplatte aus Holz ölen?
            Anfangs alle zwei Wochen, später zwei- bis dreimal im Jahr mit einem Hartöl.

            question: Traglast der Schubkästen
            Wie viel dürfen die großen Auszüge tragen? Ich habe viel Geschirr.
            Jeder Auszug trägt 65 Kilogramm, der breite 80.

            wish: Muster für die Arbeitsplatte
            Könnten Sie mir drei Muster der Arbeitsplatten schicken? Eiche, Nussbaum und etwas Helles.
            Die Muster sind unterwegs. Behalten Sie sie gern, bis Sie sich entschieden haben.

            question: Ist das Holz zertifiziert?
            Wir bauen für einen öffentlichen Auftraggeber und brauchen einen Nachweis über die Herkunft des Holzes.
            Den Nachweis finden Sie im Anhang. Er gilt für alle Fronten aus Massivholz.
        """,
        "order": """
            question: Bestellung {order} ändern
            Ich möchte bei der Bestellung {order} statt der Griffe lieber Griffleisten. Geht das noch?
            Ja, die Fertigung beginnt erst am Montag. Der Preis bleibt gleich, die Bestätigung kommt heute.

            question: Auftragsbestätigung fehlt
            Wir haben am Freitag bestellt und noch keine Bestätigung erhalten.
            Sie lag bei uns im Ausgang. Bitte entschuldigen Sie, sie ist jetzt im Anhang.

            wish: Lieferadresse ändern
            Bitte liefern Sie an die Baustelle und nicht ins Büro. Die Adresse steht unten.
            Ist geändert. Bitte nennen Sie uns noch eine Ansprechperson vor Ort.

            question: Doppelt bestellt?
            Im Webshop kam eine Fehlermeldung. Jetzt sehe ich zwei Bestellungen. Bitte eine stornieren.
            Eine ist storniert, es wird nur einmal abgebucht.
        """,
        "delivery": """
            question: Wann kommt {product}?
            Zugesagt war Kalenderwoche {week}. Die Handwerker fragen schon. Wann kommt die Lieferung?
            Die Platte ist heute eingetroffen, wir liefern am Donnerstag zwischen 8 und 10 Uhr.

            complaint: Lieferung zum dritten Mal verschoben
            Nun ist der Termin schon wieder geplatzt, und ich erfahre es nur, weil ich anrufe. So geht das nicht.
            Sie haben recht, wir hätten uns melden müssen. Die Werkstattleitung ruft Sie heute an und nennt einen festen Tag.

            complaint: Karton beschädigt angekommen
            Zwei Fronten haben Kratzer. Fotos hängen an. Der Fahrer wollte das nicht aufschreiben.
            Danke für die Fotos. Die Fronten sind neu bestellt, die alten nehmen wir beim Tausch mit.

            question: Lieferfenster am Donnerstag
            Können Sie das Fenster auf den Nachmittag legen? Vormittags ist niemand da.
            Ja, wir kommen zwischen 14 und 16 Uhr. Der Fahrer ruft eine halbe Stunde vorher an.

            question: Teillieferung möglich?
            Können die Unterschränke schon kommen? Der Elektriker braucht sie für die Anschlüsse.
            Das geht. Die Unterschränke kommen am Dienstag, der Rest wie vereinbart.
        """,
        "billing": """
            question: Unklare Position auf der Rechnung
            Was bedeutet „Anpassung bauseits, pauschal 380 EUR“? Davon war im Angebot keine Rede.
            Damit sind die Ausgleichsleisten an der schiefen Wand gemeint. Wir hätten das ankündigen müssen und streichen die Hälfte.

            complaint: Mahnung trotz Zahlung
            Ich habe pünktlich überwiesen und bekomme trotzdem eine Mahnung. Das ist ärgerlich.
            Ihre Zahlung ist da, sie war falsch zugeordnet. Die Mahnung ist gegenstandslos. Bitte entschuldigen Sie.

            question: Lohnkosten für das Finanzamt
            Bitte weisen Sie die Arbeitskosten getrennt aus, sonst erkennt das Finanzamt sie nicht an.
            Die neue Rechnung mit getrennter Lohnleistung hängt an.

            complaint: Rechnung höher als das Angebot
            Das Angebot lautete auf {amount} EUR, die Rechnung ist 900 EUR höher. Niemand hat mit uns darüber gesprochen.
            Der Nachtrag war nicht freigegeben. Sie zahlen den Angebotspreis, die Korrektur liegt bei.

            question: Skonto vergessen
            Vereinbart waren 2 % Skonto bei Zahlung in zehn Tagen. Auf der Rechnung fehlt der Hinweis.
            Stimmt, das holen wir nach. Ziehen Sie das Skonto bitte einfach ab.

            question: Rechnung auf die Firma ausstellen
            Die Rechnung muss auf die Gesellschaft lauten, nicht auf mich persönlich.
            Ist umgeschrieben. Die alte Rechnung ist storniert.

            complaint: Anzahlung nicht abgezogen
            Auf der Schlussrechnung fehlt unsere Anzahlung über 4.000 EUR.
            Sie haben recht. Die berichtigte Schlussrechnung liegt bei.
        """,
        "technical": """
            fault: Auszug klemmt
            Der breite Auszug unter dem Kochfeld lässt sich nur noch mit Kraft öffnen.
            Bitte lösen Sie die beiden blauen Hebel und setzen Sie ihn neu ein. Hilft das nicht, kommt am Mittwoch jemand.

            fault: Licht in der Vitrine flackert
            Seit gestern flackert die Beleuchtung, nach einer Stunde geht sie aus.
            Das Netzteil ist defekt. Ein neues ist unterwegs, der Tausch ist kostenlos.

            fault: Scharnier gebrochen
            An der Hochschranktür ist das obere Scharnier gebrochen. Die Tür hängt schief.
            Bitte benutzen Sie die Tür nicht. Morgen früh kommt ein Monteur mit dem Ersatzteil.

            fault: Dunsthaube zieht nicht mehr
            Die Haube läuft, aber der Dunst bleibt in der Küche. Filter haben wir gewechselt.
            Vermutlich klemmt die Rückstauklappe. Wir schicken einen Termin für diese Woche.

            question: Arbeitsplatte nachölen
            Womit öle ich die Arbeitsplatte nach, und wie oft?
            Mit dem beiliegenden Öl, zweimal im Jahr. Die Anleitung liegt an.
        """,
        "contract": """
            question: Laufzeit des Wartungsvertrags
            Wann endet unser Wartungsvertrag, und wie können wir ihn auf das Bad erweitern?
            Er läuft bis zum Jahresende und verlängert sich um ein Jahr. Ein Angebot für das Bad liegt bei.

            wish: Rahmenvertrag für {n} Wohnungen
            Wir planen {n} Wohnungen im Jahr und möchten feste Preise vereinbaren.
            Vielen Dank. Ihr Betreuer meldet sich mit einem Vorschlag bis Freitag.

            question: Garantie nach Umzug
            Gilt die Garantie weiter, wenn wir die Küche in die neue Wohnung mitnehmen?
            Ja, wenn wir Ab- und Aufbau übernehmen. Sonst gilt sie nur für das Material.
        """,
        "complaint": """
            complaint: Kante löst sich
            Nach vier Monaten löst sich die Kante an der Front neben dem Geschirrspüler.
            Das darf nicht sein. Wir tauschen die Front kostenlos und bringen eine Dampfschutzleiste mit.

            complaint: Falsche Farbe geliefert
            Bestellt war Salbei, geliefert wurde Oliv. Die Montage ist am Montag.
            Wir haben die richtigen Fronten gefunden. Sie kommen mit dem Montagewagen.

            complaint: Monteur nicht erschienen
            Wir haben den ganzen Tag gewartet. Niemand kam, niemand rief an.
            Das tut uns leid. Neuer Termin ist morgen um 8 Uhr, die Montage berechnen wir nicht.

            complaint: Arbeitsplatte verkratzt
            Gleich nach der Montage war ein Kratzer in der Platte. Der Monteur sagte, das gehe beim Ölen weg. Tut es nicht.
            Am Montag sieht sich die Werkstattleitung die Platte an. Wenn nötig, tauschen wir sie.
        """,
    }.items()
}

ENGLISH = {
    topic: _enquiries(topic, block)
    for topic, block in {
        "general": """
            question: Do you speak English at the showroom?
            We would like to visit on Saturday. Is there somebody who speaks English?
            Yes, all day on Saturday. Just ask at the counter.
        """,
        "product": """
            question: Is {product} heat-proof?
            Can I put a hot pan on {product}?
            For a moment yes, but please use a trivet for anything longer.
        """,
        "order": """
            question: Change of order {order}
            Could I have bar handles instead in order {order}?
            Yes, production starts on Monday. The price stays the same.
        """,
        "delivery": """
            question: When will {product} arrive?
            You promised week {week}. The fitters are asking. When will it be here?
            The worktop came in today. We deliver on Thursday between 8 and 10.

            complaint: Third delay in a row
            The date has slipped again and I only know because I called.
            You are right, we should have told you. The workshop manager will call you today with a fixed date.
        """,
        "billing": """
            question: An item that I don't understand
            What is "adjustment on site, 380 EUR"? It was not in the quotation.
            It covers levelling the wall. We should have told you before and take off half of it.

            complaint: Reminder although I have paid
            I paid on time and still got a reminder.
            Your payment had been matched to the wrong invoice. Please ignore the reminder, and accept our apologies.
        """,
        "technical": """
            fault: Drawer is stuck
            The wide drawer below the hob can hardly be opened.
            Please release the two blue levers and put it back in. If that doesn't help, someone will come on Wednesday.
        """,
        "contract": """
            question: Warranty after moving house
            Does the warranty stay if we take the kitchen with us?
            Yes, if we do the move. Otherwise it covers the material only.
        """,
        "complaint": """
            complaint: Edge is coming off
            After four months the edge next to the dishwasher is coming off.
            That must not happen. We replace the front at no cost.
        """,
    }.items()
}

FOLLOW_UPS = {
    "de": (
        "Danke für die schnelle Antwort, das hilft mir weiter.",
        "Vielen Dank. Eine Rückfrage noch: Gilt das auch für die zweite Zeile?",
        "Hat geklappt, vielen Dank!",
        "Das Foto habe ich angehängt.",
        "Leider besteht das Problem weiter.",
        "Der Termin passt mir, bitte so eintragen.",
        "Die Unterlagen haben Sie jetzt vollständig.",
    ),
    "en": (
        "Thank you, that helps.",
        "One more question: does it also apply to the second unit?",
        "Works now, thanks a lot!",
        "Photo attached.",
    ),
}
SECOND_REPLIES = {
    "de": (
        "Gern. Wenn noch etwas offen ist, antworten Sie einfach auf diese Nachricht.",
        "Ja, das gilt für beide. Ich habe es in der Akte vermerkt.",
        "Danke für das Foto. Das Ersatzteil ist bestellt und kommt in drei Tagen.",
        "Der Termin steht. Sie bekommen am Vortag eine Nachricht.",
    ),
    "en": (
        "You're welcome. Just answer this message if anything is left open.",
        "Yes, it applies to both.",
        "Thanks for the photo. The spare part is on its way.",
    ),
}
NOTES = {
    "de": (
        "Mit der Werkstatt geklärt, Teil ist auf Lager.",
        "Kulanz mit der Teamleitung abgesprochen: 50 EUR Gutschrift.",
        "Kunde ist vormittags am besten erreichbar.",
        "Buchhaltung hat den Beleg gefunden.",
        "Monteur war vor Ort, Fotos liegen in der Akte.",
        "Der Kunde hat schon zweimal angerufen, bitte zuerst bearbeiten.",
    ),
    "en": (
        "Checked with the workshop, the part is in stock.",
        "Prefers a call in the morning.",
        "Accounts have found the receipt.",
    ),
}
TRIED: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {
        "technical": (
            "Anleitung am Telefon durchgegangen, Auszug klemmt weiter.", "Zwei Netzteile getauscht, das Licht flackert weiter.",
        ),
        "billing": (
            "Rechnung mit dem Angebot verglichen. Der Nachtrag ist nicht freigegeben, das darf ich nicht entscheiden.",
            "Zahlung gesucht und nicht gefunden. Der Kunde hat einen Beleg geschickt.",
        ),
        "delivery": ("Lieferanten angerufen, er nennt keinen Termin.", "Spedition erreicht, der Wagen ist nicht auffindbar."),
        "complaint": (
            "Kulanz von 50 EUR angeboten, der Kunde verlangt den Austausch.", "Fotos geprüft. Ob es Garantie ist, kann ich nicht sagen.",
        ),
        "contract": ("Vertrag gelesen. Die Klausel zur Verlängerung ist unklar, bitte prüfen.", "Staffelpreise kann ich nicht zusagen."),
        "": ("In Katalog und Datenblatt nachgesehen, dazu steht dort nichts.", "Werkstatt gefragt, dort weiß es auch niemand sicher."),
    },
    "en": {
        "billing": ("Compared the invoice with the quotation. The extra was never approved, I may not decide that.",),
        "contract": ("Read the contract. The clause on renewal is unclear, please check.",),
        "complaint": ("Offered 50 EUR, the customer asks for a replacement.",),
        "": ("Went through catalogue and data sheet, it is not in there.", "Asked the workshop, nobody is sure."),
    },
}  # fmt: skip
"""What was tried before an enquiry was given to a higher level, by language and topic."""

FOLLOW_UP_REMINDERS = {
    "de": (
        "Nachfassen zum Angebot über {amount} EUR", "Rückruf: passt der Liefertermin?", "Muster angekommen?",
        "Fragen, ob die Montage gut gelaufen ist", "Entscheidung zu {product} erfragen", "Rahmenvertrag besprechen",
        "Zur Hausmesse einladen", "Neue Rechnung erklären", "Termin für das Aufmaß abstimmen", "Nach dem Umbau fragen",
    ),
    "en": ("Follow up on the quotation for {amount} EUR", "Call: does the delivery date suit?", "Ask how the installation went",
           "Send samples for {product}"),
}  # fmt: skip


def tried(language: str, topic: str) -> tuple[str, ...]:
    """What may have been tried for an enquiry on this topic."""
    return TRIED[language].get(topic) or TRIED[language][""]
