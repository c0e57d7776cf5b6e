"""What customers praised and criticised at a touchpoint, and what they expect, as colleagues noted it in a sentence."""

from __future__ import annotations

from crm.demo.texts import lines

POINTS = {
    "hotline": lines("""
        + Hat sofort jemanden erreicht, der sich auskannte.
        + Scharnier am Telefon nach Anleitung eingestellt: Kundin war überrascht, wie einfach es geht.
        + Rückruf kam pünktlich zur zugesagten Zeit.
        - Musste das Anliegen drei Leuten erzählen.
        - Zehn Minuten Warteschleife, dann aufgelegt.
        - Mittags geht niemand ans Telefon.
    """),
    "order_status": lines("""
        + Bekam jede Woche ein Foto aus der Werkstatt.
        + Wurde angerufen, bevor sich der Termin verschob.
        - Seit drei Wochen kein Wort, wie weit die Küche ist.
        - Der Liefertermin wurde zweimal verschoben, ohne Anruf.
        - Musste selbst nachfragen, ob die Ware da ist.
    """),
    "invoice": lines("""
        + Die neue Rechnung erklärt jede Position.
        + Die Gutschrift kam am selben Tag.
        - Versteht die Position „Anpassung bauseits“ nicht.
        - Die Rechnung ist höher als das Angebot, ohne Hinweis.
        - Mahnung bekommen, obwohl schon bezahlt war.
        - Die Anzahlung fehlt auf der Schlussrechnung.
        - Das vereinbarte Skonto wurde nicht abgezogen.
    """),
    "quotation": lines("""
        + Das Angebot war klar gegliedert, mit Festpreis.
        + Zwei Varianten nebeneinander: so ließ sich gut entscheiden.
        - Wartet seit über einer Woche auf das Angebot.
        - Die Montage fehlte im Angebot.
    """),
    "advice": lines("""
        + Fühlt sich gut beraten, ohne Druck.
        + Der Berater hat von einem teuren Extra abgeraten.
        - Das Telefon hat während der Beratung dreimal geklingelt.
    """),
    "showroom": lines("""
        + Fand die Ausstellung einladend, konnte alles ausprobieren.
        - Am Samstag war niemand für die Beratung da.
    """),
    "sales_visit": lines("""
        + Das Aufmaß war sehr genau, Fragen wurden vor Ort geklärt.
        - Kam eine halbe Stunde zu spät, ohne anzurufen.
    """),
    "delivery": lines("""
        + Die Fahrer haben beim Hochtragen geholfen.
        + Lieferung vollständig und auf die Minute pünktlich.
        - Ein Karton war beschädigt, der Ersatz dauerte drei Wochen.
        - Eine Blende fehlte.
    """),
    "installation": lines("""
        + Die Monteure haben alles sauber hinterlassen und die Geräte erklärt.
        + Jede Fuge sitzt.
        - Der Monteur kam zwei Stunden zu spät.
    """),
    "complaint_handling": lines("""
        + Die zerkratzte Front wurde ohne Diskussion getauscht.
        - Erst nach der dritten Nachfrage geschah etwas.
        - Sollte selbst beweisen, dass der Kratzer schon da war.
    """),
    "service_email": lines("""
        + Antwort kam nach einer Stunde und half sofort.
        - Bekam eine Standardantwort, die nicht zur Frage passte.
    """),
    "website": lines("""
        + Hat auf der Webseite gleich gefunden, was sie suchte.
        - Die Öffnungszeiten auf der Webseite stimmen nicht.
    """),
    "web_shop": lines("""
        + Ersatzteil in zwei Minuten bestellt.
        - Die Bezahlung ging erst im dritten Anlauf.
    """),
    "order": lines("""
        + Die Auftragsbestätigung kam am selben Tag.
        - Die Auftragsbestätigung nannte die falsche Front.
    """),
    "follow_up": lines("""
        + Freut sich, dass jemand nach der Montage nachfragt.
        - Die Nachfrage kam, bevor die Küche fertig war.
    """),
    "maintenance": lines("""
        + Die Auszüge laufen nach der Wartung wieder wie neu.
        - Der Wartungstermin wurde am selben Morgen abgesagt.
    """),
    "": lines("""
        + Fühlt sich freundlich und ernst genommen behandelt.
        + Lobt, dass alles kam wie besprochen.
        - Bekam auf eine einfache Frage keine klare Antwort.
        - Fand niemanden, der zuständig war.
    """),
}

EXPECTATIONS = {
    "basic": (
        "Dass ein zugesagter Termin gilt.", "Dass die Rechnung zum Angebot passt.", "Dass jemand zurückruft, wenn es zugesagt ist.",
        "Dass die Ware vollständig und unbeschädigt ankommt.",
    ),
    "expected": (
        "Eine Ansprechperson, die den Auftrag von Anfang bis Ende kennt.", "Ein Angebot innerhalb einer Woche.",
        "Ein Lieferfenster von höchstens zwei Stunden.", "Eine Nachricht, sobald sich etwas verschiebt.",
    ),
    "delight": (
        "Fotos aus der Werkstatt, während die Küche entsteht.", "Ein Pflegeset zum Einzug.",
        "Ein Rundgang durch die fertige Küche am Bildschirm, bevor bestellt wird.",
    ),
}  # fmt: skip
"""By level: what is taken for granted, what is expected, what would delight."""
