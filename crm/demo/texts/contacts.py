"""Notes that staff write about a contact, by touchpoint."""

from __future__ import annotations

from crm.demo.texts import lines

GERMAN = {
    code: lines(text)
    for code, text in {
        "fair": """
            Gespräch am Messestand. Interesse an {product}. Wünscht Unterlagen bis Ende der Woche.
            + Kam gezielt an unseren Stand, weil die Nachbarin von uns erzählt hat. Termin in der Ausstellung vereinbart.
            Hat am Gewinnspiel teilgenommen und nach Lieferzeiten gefragt. Rückruf in zwei Wochen gewünscht.
        """,
        "advert": """
            Ruft wegen der Anzeige im Stadtmagazin an. Fragt, ob der Aktionspreis auch für {product} gilt.
            Hat die Anzeige gesehen und möchte wissen, ob wir auch in {town} montieren.
        """,
        "recommendation": """
            + Meldet sich auf Empfehlung der Familie {family}. Möchte eine ähnliche Lösung mit {product}.
            Eine Kollegin hat uns empfohlen. Noch keine festen Pläne, Umbau frühestens in {n} Monaten.
        """,
        "social_media": """
            Fragt in einer Nachricht, ob {product} auch in Salbeigrün lieferbar ist. Farbkarte geschickt.
            + Hat ein Foto der fertigen Küche geteilt und uns verlinkt. Bedankt, Erlaubnis für die Webseite erbeten.
            - Beschwert sich öffentlich über eine nicht beantwortete Nachricht. Entschuldigt und Rückruf angeboten.
        """,
        "press_report": """
            Bezieht sich auf den Bericht in der Lokalzeitung. Möchte die Werkstatt besichtigen.
        """,
        "website": """
            Anfrage über das Formular: {product}, Raum etwa {n} Quadratmeter. Grundriss liegt bei.
            Findet auf der Webseite keine Maße zu {product}. Datenblatt per E-Mail geschickt.
            - Das Formular hat beim Absenden zweimal einen Fehler gemeldet. Daten telefonisch aufgenommen.
        """,
        "newsletter": """
            Antwortet auf den Newsletter: Ist der Werkstatttag auch am Samstag? Ja, von 10 bis 16 Uhr.
            + Hat den Beitrag über Massivholz gern gelesen und fragt nach Mustern.
        """,
        "advice": """
            + Ausführliche Beratung zu {product}. Kundin war gut vorbereitet, wir haben zwei Varianten gezeichnet.
            Beratung am Telefon: Unterschied zwischen Eiche massiv und furniert erklärt. Muster gehen heute raus.
            Will zuerst mit dem Vermieter sprechen. Wiedervorlage in {n} Wochen vereinbart.
            + Sehr freundliches Gespräch. Entscheidung fällt zwischen uns und einem Mitbewerber, Lieferzeit ist ausschlaggebend.
            - Fühlte sich beim letzten Termin zu {product} gedrängt. In Ruhe noch einmal alles durchgegangen.
            Budget liegt bei {amount} EUR. Geräte sollen vom Fachhändler am Ort kommen.
        """,
        "showroom": """
            Besuch in der Ausstellung ohne Termin. {product} ausprobiert, Griffe gefallen nicht.
            + War mit der ganzen Familie hier. Begeistert von {product}, möchte ein Angebot.
            - Kam vergeblich: Am Nachmittag war niemand für die Beratung frei. Neuer Termin am Donnerstag.
        """,
        "quotation": """
            Angebot über {amount} EUR geschickt, gültig {n} Wochen. Positionen einzeln ausgewiesen.
            Fragt nach, warum die Montage getrennt aufgeführt ist. Erklärt, Kunde ist einverstanden.
            - Wartet seit {n} Tagen auf das Angebot. Entschuldigt, bis morgen zugesagt.
            + Angebot gefällt, nur die Spüle soll anders werden. Überarbeitete Fassung noch heute.
            Möchte das Angebot mit dem Architekten besprechen und meldet sich.
        """,
        "sales_visit": """
            Aufmaß vor Ort. Wand ist nicht im Lot, Ausgleich von {n} Zentimetern nötig. Fotos liegen in der Akte.
            + Besuch im Betrieb. Planen {n} Einheiten im nächsten Jahr und wollen einen Rahmenvertrag.
            Vor-Ort-Termin mit der Bauleitung. Anschlüsse liegen anders als gezeichnet, Plan wird geändert.
            - Termin musste kurzfristig verschoben werden, der Kunde hatte sich freigenommen. Verärgert.
        """,
        "web_shop": """
            Bestellung im Webshop: Griffe und Auszüge, {n} Stück. Rückfrage zur Lieferadresse geklärt.
            - Der Webshop hat die Zahlung abgelehnt, obwohl die Karte gedeckt ist. Bestellung von Hand aufgenommen.
            Fragt, ob sich eine Bestellung im Webshop noch ändern lässt. Menge angepasst.
        """,
        "order_entry": """
            Bestellung aufgenommen: {product}, {amount} EUR. Auftragsbestätigung geht heute raus.
            + Auftrag erteilt! Liefertermin in Kalenderwoche {week} bestätigt.
            Nachbestellung zu {product}. Dieselbe Charge gewünscht, mit der Werkstatt geklärt.
            Bestätigt die Bestellung, möchte aber die Griffe tauschen. Geändert, Preis bleibt gleich.
        """,
        "order_status": """
            Fragt, wann {product} kommt. Laut Werkstatt in Kalenderwoche {week}. Zwischenstand zugesagt.
            - Wartet nun {n} Wochen länger als vereinbart und hat von uns nichts gehört. Rückruf durch die Leitung versprochen.
            - Dritter Anruf in derselben Sache. Niemand konnte den Liefertermin sagen. Lieferant meldet sich heute noch.
            + Über den Stand der Fertigung informiert, bevor der Kunde fragen musste. Freut sich über die Fotos.
            Lieferung verschiebt sich um {n} Tage, weil die Platte fehlt. Kunde hat Verständnis, möchte es schriftlich.
            - Handwerker sind bestellt, die Lieferung ist unsicher. Kunde droht mit Rücktritt.
        """,
        "delivery": """
            Lieferung angekommen, alles vollständig. Unterschrift liegt vor.
            + Fahrer war pünktlich und hat beim Hochtragen geholfen. Kundin bedankt sich.
            - Ein Karton fehlt, ein anderer ist eingedrückt. Ersatz bestellt, neuer Termin in {n} Tagen.
            Lieferfenster mit dem Kunden abgestimmt: Donnerstag zwischen 8 und 10 Uhr.
        """,
        "installation": """
            + Montage abgeschlossen und gemeinsam abgenommen. Keine Mängel, Kundin sehr zufrieden.
            Montage zu zwei Dritteln fertig. Blende wird nachgeliefert, Termin steht.
            - Monteur kam {n} Stunden später als zugesagt. Entschuldigt, Anfahrt wird nicht berechnet.
            + Monteure haben alles sauber hinterlassen und die Geräte erklärt.
        """,
        "invoice": """
            - Versteht die Position „Anpassung bauseits“ auf der Rechnung nicht. Erklärt, war vorher nicht angekündigt.
            - Rechnung über {amount} EUR ist höher als das Angebot. Nachtrag wurde nie bestätigt. Buchhaltung prüft.
            - Hat eine Mahnung bekommen, obwohl vor {n} Tagen bezahlt wurde. Zahlung gefunden, entschuldigt.
            Bittet um eine Rechnung mit getrennter Lohnleistung für das Finanzamt. Geht heute raus.
            + Neue Rechnung ist auf einen Blick verständlich, sagt der Kunde. Überweisung kommt.
            Rechnungsanschrift hat sich geändert. Neu ausgestellt.
            - Anzahlung fehlt auf der Schlussrechnung. Korrektur zugesagt.
        """,
        "hotline": """
            Frage zur Pflege der Arbeitsplatte. Pflegeanleitung geschickt.
            - Hing {n} Minuten in der Warteschleife und wurde dann getrennt. Entschuldigt und gleich zurückgerufen.
            + Anliegen sofort gelöst: Scharnier nach Anleitung eingestellt, Kundin war überrascht, wie einfach es geht.
            Schublade schließt nicht. Einstellung am Telefon erklärt, sonst kommt jemand vorbei.
            - Musste das Anliegen zum dritten Mal erzählen. Jetzt vollständig festgehalten.
            Fragt, wer für die Dunsthaube zuständig ist. An den Gerätehersteller verwiesen, Nummer mitgegeben.
        """,
        "email_service": """
            Schickt Fotos vom Eckschrank. Schiene ist verbogen, Ersatzteil bestellt.
            + Bedankt sich für die schnelle Antwort von gestern.
            Fragt per E-Mail nach der Garantie auf {product}. Antwort mit den Bedingungen geschickt.
            - Hat auf die erste E-Mail keine Antwort bekommen. Sie lag im falschen Postfach.
        """,
        "complaint_handling": """
            - Front löst sich an der Kante. Reklamation aufgenommen, Austausch zugesagt.
            - Kratzer auf der Arbeitsplatte gleich nach der Montage. Gutachter kommt am Montag.
            Reklamation zu {product}: Wir tauschen kostenlos, Lieferzeit {n} Tage.
            + Reklamation ist erledigt. Kunde lobt, dass wir sofort und ohne Streit getauscht haben.
        """,
        "maintenance": """
            Jährliche Wartung. Auszüge geschmiert, zwei Scharniere getauscht.
            + Wartung erledigt, Kunde möchte ein Angebot für das Bad.
        """,
        "follow_up": """
            Nachgefasst zum Angebot. Entscheidung verschiebt sich auf das nächste Quartal.
            + Nachgefragt, wie es mit {product} läuft. Alles bestens, würde uns weiterempfehlen.
            Nicht erreicht, auf dem Band um Rückruf gebeten.
            Hat sich für einen anderen Anbieter entschieden. Grund: {n} Wochen kürzere Lieferzeit.
        """,
        "thank_you": """
            + Karte zum Abschluss geschickt. Kundin hat sich telefonisch bedankt.
            Dankeschön mit Pflegeset verschickt.
        """,
        "invitation": """
            Zum Werkstatttag eingeladen. Kommt mit zwei Personen.
            + Sagt für die Hausmesse zu und bringt einen Bauherrn mit.
        """,
    }.items()
}

ENGLISH = {
    code: lines(text)
    for code, text in {
        "fair": "Met at the fair. Interested in {product}. Wants a brochure in English.",
        "website": "Enquiry through the form: {product}, about {n} square metres. Floor plan attached.",
        "advice": """
            + Long talk about {product}. Well prepared, we sketched two layouts.
            Explained the difference between solid oak and veneer. Samples go out today.
            Budget is about {amount} EUR. Appliances will come from a local dealer.
        """,
        "showroom": "+ Visited the showroom with the family. Loves {product} and would like a quotation.",
        "quotation": """
            Sent a quotation for {amount} EUR, valid for {n} weeks.
            - Has been waiting {n} days for our quotation. Apologised, promised for tomorrow.
        """,
        "sales_visit": "Measured on site. The wall is not straight, {n} centimetres to level out.",
        "order_entry": "+ Placed the order: {product}, {amount} EUR. Delivery confirmed for week {week}.",
        "order_status": """
            Asks when {product} will arrive. The workshop says week {week}.
            - Has waited {n} weeks longer than agreed and heard nothing from us. The head of logistics will call back.
            + Told about the progress before having to ask. Liked the photos.
        """,
        "delivery": """
            + Delivered complete and on time. The driver helped to carry it upstairs.
            - One box is missing, another one is dented. Replacement ordered.
        """,
        "installation": "+ Installation finished and signed off together. No defects.",
        "invoice": """
            - Doesn't understand the item "adjustment on site" on the invoice. It had not been announced.
            - The invoice for {amount} EUR is higher than the quotation. Accounts will check.
            + Says the new invoice is easy to read.
            Needs the invoice in English for the employer. Goes out today.
        """,
        "hotline": """
            Question about the care of the worktop. Instructions sent.
            - Was kept on hold for {n} minutes and then cut off. Called back at once.
            + Solved on the phone: adjusted the hinge together.
        """,
        "email_service": "Sends photos of the corner unit. A rail is bent, spare part ordered.",
        "complaint_handling": "- The front comes off at the edge. Complaint recorded, replacement promised.",
        "follow_up": "Followed up on the quotation. The decision has moved to next quarter.",
        "thank_you": "+ Sent a card after the handover. The customer called to say thanks.",
    }.items()
}

FALLBACK = {"de": lines("Kurzes Gespräch, keine offenen Punkte."), "en": lines("Short talk, nothing left open.")}

PORTALS = {
    "de": ("kuechenstimmen.example", "https://kuechenstimmen.example/lindenlaub"),
    "en": ("KitchenVoices", "https://kitchenvoices.example/lindenlaub"),
}
"""Where the reviews stand: the name of the portal and a link to it."""
OTHER_OBSERVATIONS = (
    # working days ago, channel, touchpoint, source, rating, text
    (3, "word_of_mouth", "recommendation", "Frau Ebert von nebenan", None,
     "Ihr Schwager wartet seit drei Wochen auf die Arbeitsplatte und weiß nicht, an wen er sich wenden soll."),
    (9, "press", "press_report", "Lindenblatt, Lokalteil", None,
     "Bericht über die neue Ausstellung: „Küchen zum Anfassen“. Gelobt werden die Öffnungszeiten am Samstag."),
    (17, "social", "social_media", "Nachbarschaftsforum Mitte", 4, "Jemand fragt nach einer guten Küchenfirma, zwei Antworten nennen uns."),
)  # fmt: skip
REVIEWS = (
    # stars, language, text
    (5, "de", "Von der Planung bis zur Montage alles aus einer Hand. Die Monteure waren ein Traum."),
    (5, "de", "Endlich eine Küche, in der alles seinen Platz hat. Klare Empfehlung!"),
    (4, "de", "Tolle Qualität, nur die Wartezeit war lang. Es hat sich gelohnt."),
    (2, "de", "Die Küche ist schön. Die Rechnung war es nicht: drei Nachträge, die niemand erklärt hat."),
    (1, "de", "Seit Wochen warte ich auf eine Blende. Niemand ruft zurück."),
    (2, "de", "Am Telefon kommt man kaum durch. Wer nicht nachfragt, erfährt nichts."),
    (3, "de", "Beratung gut, Lieferung zwei Wochen zu spät."),
    (5, "en", "They speak English, they listen, and the oak worktop is gorgeous."),
    (2, "en", "Lovely kitchen, confusing invoice. Had to call three times."),
)
