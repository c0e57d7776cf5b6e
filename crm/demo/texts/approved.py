"""Approved answers of the kitchen company: (topic, title, questions, answer) in German and in English."""

from __future__ import annotations

from typing import NamedTuple


class Approved(NamedTuple):
    """One answer; questions one per line."""

    topic: str
    title_de: str
    questions_de: str
    text_de: str
    title_en: str
    questions_en: str
    text_en: str


ANSWERS = (
    Approved(
        "general",
        "Wann haben Sie geöffnet?",
        "Wie sind Ihre Öffnungszeiten?\nWann hat die Ausstellung geöffnet?\nHaben Sie samstags geöffnet?\nHaben Sie am "
        "Samstag offen?\n"
        "Bis wann ist das Studio abends geöffnet?\nZu welchen Zeiten kann man Ihre Ausstellung besuchen?\nVon wann bis "
        "wann haben Sie auf?",
        "Unsere Ausstellung in der Werkstraße 12 ist montags bis freitags von 9 bis 18 Uhr und samstags von 10 bis 16 "
        "Uhr geöffnet. "
        "Zum Umsehen brauchen Sie keinen Termin. Für eine Planung nehmen wir uns gern zwei Stunden Zeit; dafür bitten "
        "wir um eine Anmeldung.",
        "When are you open?",
        "What are your opening hours?\nWhen is the showroom open?\nAre you open on Saturdays?\nUntil what time is the "
        "showroom open in the evening?\n"
        "At what times can we visit your showroom?\nWhat time do you open and close?",
        "Our showroom at Werkstraße 12 is open Monday to Friday from 9 am to 6 pm and on Saturdays from 10 am to 4 pm. "
        "You need no "
        "appointment to look around. For planning a kitchen we gladly take two hours; please book these.",
    ),
    Approved(
        "delivery",
        "Wie lange ist die Lieferzeit einer Küche?",
        "Wie lange sind Ihre Lieferzeiten?\nMit welcher Lieferzeit muss ich bei einer neuen Küche rechnen?\n"
        "Wie lange dauert es von der Bestellung bis zur Lieferung?\nWie lange dauert es, bis eine Küche geliefert wird?\n"
        "Wie viele Wochen beträgt die Lieferzeit?",
        "Von der Bestellung bis zur Lieferung vergehen in der Regel acht bis zehn Wochen, bei Fronten in Sonderfarben "
        "zwölf. Den genauen "
        "Termin nennt die Auftragsbestätigung.",
        "How long does delivery of a kitchen take?",
        "What are your delivery times?\nHow long is the delivery time for a new kitchen?\nHow long does it take from "
        "order to delivery?\n"
        "How many weeks does delivery take?\nWhat lead time should I expect for a kitchen?",
        "From order to delivery it usually takes eight to ten weeks, twelve for fronts in special colours. The exact "
        "date is in the "
        "order confirmation.",
    ),
    Approved(
        "product",
        "Wie lange ist die Garantie?",
        "Wie viele Jahre Garantie geben Sie auf Ihre Küchen?\nWie lange gilt die Garantie auf die Möbel?\n"
        "Welche Garantie gibt es auf die Elektrogeräte?\nGibt es eine Garantie auf die Küche?\nWie lange habe ich Garantie?",
        "Auf Möbel und Beschläge geben wir fünf Jahre Garantie, auf Elektrogeräte gilt die des Herstellers, meist zwei "
        "Jahre. Ihre "
        "gesetzlichen Rechte bleiben davon unberührt.",
        "How long is the warranty?",
        "How many years of warranty do you give on your kitchens?\nHow long is the guarantee on the furniture?\n"
        "What warranty is there on the appliances?\nIs there a warranty on the kitchen?\nHow long is the guarantee?",
        "We give five years of warranty on furniture and fittings; for appliances the manufacturer’s applies, mostly "
        "two years. Your "
        "legal rights are not affected.",
    ),
    Approved(
        "product",
        "Wie pflege ich eine Arbeitsplatte aus Holz?",
        "Wie pflege ich meine Holzarbeitsplatte?\nWie oft muss man eine Arbeitsplatte aus Holz ölen?\n"
        "Womit öle ich die Arbeitsplatte aus Massivholz?\nWelches Öl nehme ich für die Arbeitsplatte?\nWie pflegt man "
        "Massivholz in der Küche?",
        "Ölen Sie die Platte in den ersten Wochen alle vierzehn Tage, danach zwei- bis dreimal im Jahr mit einem "
        "lebensmittelechten "
        "Hartöl: dünn auftragen, eine Viertelstunde einziehen lassen, den Rest abwischen. Wasser wischen Sie am besten "
        "gleich weg.",
        "How do I care for a wooden worktop?",
        "How do I look after my wooden worktop?\nHow often should a wooden worktop be oiled?\nWhich oil should I use "
        "for a solid wood worktop?\n"
        "How do you maintain a worktop made of wood?",
        "Oil the worktop every two weeks at first, then two or three times a year with a food-safe hard oil: apply "
        "thinly, let it soak in for "
        "a quarter of an hour, wipe off the rest. Wipe up water at once.",
    ),
    Approved(
        "product",
        "Wie reinige ich matte Fronten?",
        "Wie reinige ich die matten Fronten?\nWomit putzt man matte Küchenfronten?\nWie bekomme ich Fingerabdrücke von "
        "matten Fronten?\n"
        "Welches Putzmittel ist für die Fronten geeignet?\nWie säubere ich lackierte Fronten?",
        "Nehmen Sie ein weiches Tuch, warmes Wasser und einen Spritzer Spülmittel und wischen Sie trocken nach. "
        "Scheuermilch, "
        "Dampfreiniger und Mikrofasertücher mit rauer Seite machen matte Flächen fleckig.",
        "How do I clean matt fronts?",
        "How do I clean the matt fronts?\nWhat should I clean matt kitchen fronts with?\nHow do I get fingerprints off "
        "matt fronts?\n"
        "Which cleaning product is suitable for the fronts?\nHow do I clean lacquered fronts?",
        "Use a soft cloth, warm water and a drop of washing-up liquid, then wipe dry. Scouring cream, steam cleaners "
        "and microfibre "
        "cloths with a rough side leave marks on matt surfaces.",
    ),
    Approved(
        "billing",
        "Wie kann ich bezahlen?",
        "Welche Zahlungsarten gibt es?\nWie kann man bei Ihnen bezahlen?\nKann ich die Küche mit Karte zahlen?\nNehmen "
        "Sie Kreditkarten?\n"
        "Welche Zahlungsmöglichkeiten bieten Sie an?\nKann man bar bezahlen?",
        "Sie zahlen per Überweisung, mit Girocard oder Kreditkarte, in der Ausstellung auch bar bis 2.000 Euro. Üblich "
        "sind 30 Prozent "
        "bei der Bestellung und der Rest bei der Lieferung.",
        "How can I pay?",
        "Which methods of payment do you accept?\nCan I pay for the kitchen by card?\nDo you take credit cards?\nHow "
        "can one pay?\n"
        "What payment options do you offer?\nCan I pay in cash?",
        "You can pay by bank transfer, debit or credit card, in the showroom also in cash up to 2,000 euros. Usual are "
        "30 per cent when you "
        "order and the rest on delivery.",
    ),
    Approved(
        "billing",
        "Bieten Sie eine Finanzierung an?",
        "Kann man die Küche finanzieren?\nGibt es eine Finanzierung?\nKann ich in Raten zahlen?\nBieten Sie "
        "Ratenzahlung an?\n"
        "Welche Finanzierung bieten Sie für Küchen an?",
        "Ja. Mit unserer Bank finanzieren Sie ab 1.500 Euro über 12 bis 60 Monate. Zins und Rate rechnen wir Ihnen bei "
        "der Planung aus; "
        "Sie brauchen Ausweis und zwei Gehaltsnachweise.",
        "Do you offer financing?",
        "Can I finance the kitchen?\nIs there a financing offer?\nCan I pay in instalments?\nDo you offer payment in "
        "instalments?",
        "Yes. With our bank you can finance from 1,500 euros over 12 to 60 months. We work out interest and "
        "instalments with you when we "
        "plan; please bring your ID and two payslips.",
    ),
    Approved(
        "product",
        "Was muss ich zur Küchenplanung mitbringen?",
        "Was soll ich zum Planungstermin mitbringen?\nWelche Unterlagen brauchen Sie für die Planung?\n"
        "Welche Maße benötigen Sie für die Küchenplanung?\nWas brauche ich für die Beratung?\nWas muss man zur Planung "
        "mitbringen?",
        "Bringen Sie einen Grundriss oder die Maße der Wände, die Raumhöhe und die Lage von Fenstern, Türen, Wasser "
        "und Strom mit; Fotos "
        "helfen. Vor der Bestellung messen wir selbst noch einmal genau nach.",
        "What should I bring to plan a kitchen?",
        "What do I need to bring to the planning appointment?\nWhich documents do you need for planning?\n"
        "Which measurements do you need to plan a kitchen?\nWhat should I bring for the consultation?",
        "Please bring a floor plan or the measurements of the walls, the height of the room and where windows, doors, "
        "water and power are; "
        "photos help. Before you order we measure everything ourselves.",
    ),
    Approved(
        "delivery",
        "Nehmen Sie die alte Küche mit?",
        "Entsorgen Sie die alte Küche?\nBauen Sie die alte Küche ab?\nNehmen Sie bei der Lieferung die alte Küche mit?\n"
        "Was kostet die Entsorgung der alten Küche?\nKümmern Sie sich um Abbau und Entsorgung der alten Küche?",
        "Ja. Wir bauen die alte Küche am Tag der Lieferung ab und entsorgen sie; je nach Größe kostet das 250 bis 450 "
        "Euro. Sagen Sie es "
        "bitte bei der Bestellung, damit wir einen Wagen einplanen.",
        "Do you take the old kitchen away?",
        "Do you dispose of the old kitchen?\nDo you dismantle the old kitchen?\nWill you take our old kitchen away on "
        "delivery?\n"
        "How much does disposal of the old kitchen cost?",
        "Yes. We dismantle the old kitchen on the day of delivery and dispose of it; depending on its size this costs "
        "250 to 450 euros. "
        "Please tell us when you order so that we plan a van.",
    ),
    Approved(
        "delivery",
        "In welchem Umkreis liefern und montieren Sie?",
        "In welchem Umkreis liefern Sie?\nLiefern Sie auch außerhalb von Berlin?\nWie weit liefern Sie?\n"
        "Montieren Sie auch in Brandenburg?\nLiefern Sie bundesweit?\nLiefern Sie nach Österreich?",
        "Wir liefern und montieren mit eigenen Leuten im Umkreis von 150 Kilometern um Berlin. In das übrige "
        "Bundesgebiet liefern wir mit "
        "einer Spedition; die Montage übernimmt dort ein Partner. Ins Ausland liefern wir nicht.",
        "How far do you deliver and install?",
        "How far do you deliver?\nDo you deliver outside Berlin?\nDo you deliver throughout Germany?\nDo you install "
        "kitchens in Brandenburg?\n"
        "Do you deliver to Austria?",
        "We deliver and install with our own people within 150 kilometres of Berlin. To the rest of Germany we deliver "
        "by carrier, and a "
        "partner installs there. We do not deliver abroad.",
    ),
    Approved(
        "product",
        "Kann ich einzelne Fronten nachkaufen?",
        "Kann man Fronten später nachbestellen?\nWie lange kann ich Fronten und Griffe nachkaufen?\nGibt es "
        "Ersatzteile auch nach Jahren?\n"
        "Wie lange sind Ersatzteile erhältlich?\nKann ich einzelne Fronten austauschen?",
        "Fronten, Griffe und Scharniere halten wir nach dem Ende eines Programms zehn Jahre vor. Lackfarben mischen "
        "wir nach; Holz kann "
        "im Ton leicht abweichen.",
        "Can I buy single fronts later?",
        "Can fronts be reordered later?\nHow long can I buy fronts and handles later?\nAre spare parts available after "
        "years?\n"
        "How long are spare parts available?\nCan I replace single fronts?",
        "We keep fronts, handles and hinges for ten years after a range ends. Lacquers are mixed anew; wood may differ "
        "slightly in tone.",
    ),
    Approved(
        "general",
        "Kann ich bei Ihnen parken?",
        "Gibt es Parkplätze bei Ihnen?\nWo kann ich parken?\nHaben Sie Kundenparkplätze?\nWie komme ich mit "
        "öffentlichen Verkehrsmitteln zu Ihnen?\n"
        "Gibt es eine Ladesäule für Elektroautos?",
        "Auf dem Hof hinter der Ausstellung haben wir zwölf Parkplätze und zwei Ladesäulen, für Kunden kostenlos. Mit "
        "der Tram M10 bis "
        "„Werkstraße“ sind es drei Minuten zu Fuß.",
        "Can I park at your place?",
        "Do you have parking?\nWhere can I park?\nDo you have customer parking spaces?\nHow do I get to you by public "
        "transport?\n"
        "Is there a charging point for electric cars?",
        "In the yard behind the showroom there are twelve parking spaces and two charging points, free for customers. "
        "From the tram stop "
        "“Werkstraße” (M10) it is three minutes on foot.",
    ),
    Approved(
        "product",
        "Kosten Beratung und Planung etwas?",
        "Ist die Küchenplanung kostenlos?\nWas kostet eine Küchenplanung?\nWas kostet die Beratung bei Ihnen?\nMuss "
        "ich die Planung bezahlen?\n"
        "Ist das Aufmaß kostenlos?",
        "Beratung und Planung in der Ausstellung kosten nichts. Das Aufmaß bei Ihnen zu Hause kostet 90 Euro; wir "
        "ziehen sie ab, wenn Sie "
        "bestellen.",
        "Do advice and planning cost anything?",
        "Is kitchen planning free?\nHow much does kitchen planning cost?\nWhat does the consultation cost?\nDo I have "
        "to pay for planning?\n"
        "Is measuring free of charge?",
        "Advice and planning in the showroom are free. Measuring at your home costs 90 euros, which we deduct when you order.",
    ),
)
