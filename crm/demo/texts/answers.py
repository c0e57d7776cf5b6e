"""What customers write beside their score in a survey."""

from __future__ import annotations

from crm.demo.texts import lines

GERMAN = {
    "invoice": lines("""
        - Die Rechnung war nicht nachvollziehbar.
        - Plötzlich standen Positionen darauf, von denen nie die Rede war.
        - Drei Seiten Abkürzungen. Ich musste anrufen, um zu verstehen, wofür ich zahle.
        - Mahnung trotz Zahlung. Das geht gar nicht.
        Ging so. Die Lohnkosten fehlten zuerst.
        + Die neue Rechnung ist übersichtlich. Danke!
        + Endlich steht dabei, wofür jede Position ist.
    """),
    "order_status": lines("""
        - Ich musste selbst hinterhertelefonieren.
        - Vier Wochen kein Lebenszeichen. Die Unsicherheit war schlimmer als die Verspätung.
        - Jedes Mal ein anderer Liefertermin.
        Hat gedauert, aber man hat mir Bescheid gesagt.
        + Mit Fotos aus der Werkstatt. So macht Warten fast Spaß.
        + Ich wusste jederzeit, wie weit meine Küche ist.
    """),
    "hotline": lines("""
        - Ewige Warteschleife.
        - Ich habe mein Anliegen drei Leuten erzählt.
        Freundlich, aber erst beim zweiten Anruf gelöst.
        + Sofort jemand dran, der sich auskannte.
        + Frau am Telefon war Gold wert.
        + In fünf Minuten gelöst, ohne Techniker.
    """),
    "advice": lines("""
        + Sehr kompetente Beratung, ohne Druck.
        + Hat zugehört und mitgedacht.
        + Der Berater hat uns sogar von einem teuren Extra abgeraten.
        Gute Beratung, hätte gern mehr Muster gesehen.
        - Zu wenig Zeit, ständig klingelte das Telefon.
    """),
    "installation": lines("""
        + Sauber, pünktlich, freundlich.
        + Die Monteure haben jede Fuge perfekt hinbekommen.
        - Monteur kam zwei Stunden zu spät.
        Eine Blende fehlte, wurde aber schnell nachgeliefert.
    """),
    "delivery": lines("""
        + Auf die Minute pünktlich.
        - Karton beschädigt, Ersatz dauerte drei Wochen.
        Alles da, Fahrer etwas kurz angebunden.
    """),
    "complaint_handling": lines("""
        + Ohne Diskussion getauscht. Vorbildlich.
        - Erst nach der dritten Nachfrage passierte etwas.
        - Ich wurde behandelt, als hätte ich den Kratzer selbst gemacht.
        Am Ende gut gelöst.
    """),
    "web_shop": lines("""
        - Die Suche findet nichts, wenn man den Namen nicht genau kennt.
        + Einfach bestellt, zwei Tage später da.
        - Bezahlen ging erst im dritten Anlauf.
    """),
    "quotation": lines("""
        + Das Angebot war klar gegliedert.
        - Zwei Wochen Wartezeit auf ein Angebot sind zu lang.
        Verständlich, aber die Montage hätte ich gern im Gesamtpreis gesehen.
    """),
    "": lines("""
        + Alles bestens, gern wieder.
        + Ich fühle mich gut aufgehoben.
        + Man merkt, dass hier Menschen arbeiten, die ihr Handwerk lieben.
        Soweit in Ordnung.
        Preis ist hoch, Qualität stimmt.
        - Man muss zu oft nachfragen.
        - Zusagen wurden nicht eingehalten.
    """),
}

ENGLISH = {
    "invoice": lines("""
        - I could not follow the invoice at all.
        - Items appeared that nobody had mentioned before.
        + The new invoice explains every item. Thank you.
    """),
    "order_status": lines("""
        - Had to chase you for news. The uncertainty was worse than the delay.
        + Photos from the workshop, lovely idea.
    """),
    "hotline": lines("""
        - On hold for ages.
        + Got through at once, solved in five minutes.
    """),
    "": lines("""
        + Great service, would come back.
        + They listened and thought along.
        All right overall.
        - Promises were not kept.
        - You have to ask too often.
    """),
}
