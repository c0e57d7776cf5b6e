"""What people, firms and places in the labelled data are called, and how people misspell, shorten and change it. Kept apart
from the tables of the rule in crm/records: the rule must not be measured with its own words."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


GIVEN = _words("""
Thomas Michael Andreas Peter Stefan Christian Hans Martin Frank Klaus Jürgen Wolfgang Bernd Markus Matthias Alexander Daniel Jan
Tobias Sebastian Florian Maximilian Johannes Joseph Friedrich Heinrich Karl-Heinz Hans-Peter Günter Dieter Manfred Gerhard Helmut
Robert Wilhelm Georg Ludwig Philipp Benjamin Nikolaus Anton Franz Xaver Alois Ulrich Konrad Eberhard Gottfried Lukas Jonas Leon
Katharina Elisabeth Maria Anna Christine Susanne Sabine Petra Monika Claudia Andrea Birgit Ursula Margarete Gabriele Barbara
Johanna Magdalena Franziska Theresa Veronika Stefanie Nicole Julia Sandra Alexandra Christiane Annemarie Rosemarie Gertrud Hildegard
Brigitte Ingeborg Renate Angelika Cornelia Dorothea Eleonore Josephine Wilhelmine Antonia Charlotte Sophie Lena Laura Hannah Mia
Mehmet Mustafa Ahmet Emre Hüseyin Fatma Ayşe Emine Zeynep Elif Özlem Piotr Krzysztof Tomasz Agnieszka Katarzyna Małgorzata Magdalena
Zofia Giuseppe Salvatore Francesca Giulia Urs Beat Reto Ruedi Regula Vreni Leopold Sepp Ferdinand Nadja Olga Sergej Dimitri Milan
Jovana Ivana Luka Nguyen Linh Thi Hassan Layla Yusuf Amir Noah Emil Ida Frieda Mathilda Oskar Theodor
""")

NICKNAMES = (
    ("Johannes", "Hans"), ("Johannes", "Hannes"), ("Johannes", "Jo"), ("Katharina", "Kathi"), ("Katharina", "Käthe"),
    ("Katharina", "Kati"), ("Robert", "Bob"), ("Robert", "Robby"), ("Joseph", "Sepp"), ("Joseph", "Josef"), ("Joseph", "Jupp"),
    ("Elisabeth", "Lisa"), ("Elisabeth", "Sissi"), ("Elisabeth", "Else"), ("Elisabeth", "Lisbeth"), ("Elisabeth", "Betty"),
    ("Maximilian", "Max"), ("Alexander", "Alex"), ("Alexander", "Sascha"), ("Alexandra", "Sandra"), ("Friedrich", "Fritz"),
    ("Heinrich", "Heinz"), ("Heinrich", "Heiner"), ("Karl-Heinz", "Kalle"), ("Karl-Heinz", "Karl"), ("Wilhelm", "Willi"),
    ("Ludwig", "Lutz"), ("Ulrich", "Uli"), ("Wolfgang", "Wolf"), ("Matthias", "Matze"), ("Matthias", "Hias"), ("Michael", "Michi"),
    ("Michael", "Micha"), ("Andreas", "Andi"), ("Thomas", "Tom"), ("Stefan", "Steff"), ("Sebastian", "Basti"), ("Tobias", "Tobi"),
    ("Florian", "Flo"), ("Benjamin", "Ben"), ("Nikolaus", "Klaus"), ("Nikolaus", "Niko"), ("Anton", "Toni"), ("Franz", "Franzl"),
    ("Georg", "Schorsch"), ("Georg", "Jörg"), ("Philipp", "Phil"), ("Konrad", "Kurt"), ("Gerhard", "Gerd"), ("Manfred", "Manni"),
    ("Christian", "Chris"), ("Christine", "Christl"), ("Christine", "Tina"), ("Christiane", "Chris"), ("Susanne", "Susi"),
    ("Margarete", "Grete"), ("Margarete", "Gretl"), ("Margarete", "Rita"), ("Gabriele", "Gabi"), ("Barbara", "Babsi"),
    ("Barbara", "Bärbel"), ("Johanna", "Hanna"), ("Magdalena", "Lena"), ("Magdalena", "Magda"), ("Franziska", "Franzi"),
    ("Theresa", "Resi"), ("Theresa", "Resl"), ("Veronika", "Vroni"), ("Veronika", "Vreni"),
    ("Stefanie", "Steffi"), ("Nicole", "Nicki"), ("Ursula", "Uschi"),
    ("Ursula", "Ulla"), ("Brigitte", "Gitte"), ("Hildegard", "Hilde"), ("Ingeborg", "Inge"), ("Angelika", "Geli"),
    ("Cornelia", "Conny"), ("Cornelia", "Nele"), ("Dorothea", "Doris"), ("Dorothea", "Thea"), ("Eleonore", "Lore"),
    ("Josephine", "Josi"), ("Antonia", "Toni"), ("Charlotte", "Lotte"), ("Charlotte", "Charly"), ("Sophie", "Sofia"),
    ("Katarzyna", "Kasia"), ("Małgorzata", "Gosia"), ("Agnieszka", "Aga"), ("Krzysztof", "Krzysiek"), ("Tomasz", "Tomek"),
    ("Giuseppe", "Beppe"), ("Rosemarie", "Rosi"), ("Leopold", "Poldi"), ("Ferdinand", "Ferdl"), ("Mathilda", "Tilda"),
    ("Theodor", "Theo"), ("Gertrud", "Trude"), ("Annemarie", "Annemie"), ("Daniel", "Dani"), ("Gottfried", "Friedl"),
)  # fmt: skip
"""Calling names that people give beside the one in their passport."""

FAMILY = _words("""
Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann
Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier Lehmann Schmid Schulze Maier Köhler
Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther
Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer
Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn
Busch Bergmann Thomas Voigt Sauer Arnold Wolff Pfeiffer Gruber Steiner Moser Hofer Pichler Egger Eder Leitner Brunner Wimmer
Yılmaz Kaya Demir Şahin Çelik Yıldız Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara Koç Kurt Özkan Nowak Kowalski
Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Rossi Russo Ferrari Esposito Bianchi
Meierhans Bieri Zürcher Aebischer Gerber Wyss Bühler Petrović Jovanović Horvat Novák Ivanov Nguyen Tran Haddad Silva
Größinger Übelacker Weißhaupt Süßmilch Strauß Voß Thoß Preuß Häußler Böttcher Förster Göring Hübsch Kröger Lüdemann Mühlbauer
""")

HEADS = _words("""Ober Nieder Stein Eich Linden Birken Buch Wald Feld Berg Brunn Ach Hohen Neu Alt Kirch Rosen Sonnen Winter Sommer
Roten Weißen Schwarzen Grün Kalten Breiten Mitter Hinter Vorder Hasel Erlen Tannen Fichten Moos Ried Sand Kies Lehm Hammer Mühl""")
TAILS = _words("""berger hofer müller mann bauer meier huber städter bacher felder reiter rieder lechner eder egger auer leitner holzer
wieser kamp brink husen dorf beck ner""")
"""Rarer family names are put together from these, as they were."""

TOWNS = (
    ("DE", "Berlin", "10", "30"), ("DE", "Hamburg", "20", "40"), ("DE", "München", "80", "89"), ("DE", "Köln", "50", "221"),
    ("DE", "Frankfurt am Main", "60", "69"), ("DE", "Stuttgart", "70", "711"), ("DE", "Düsseldorf", "40", "211"),
    ("DE", "Leipzig", "04", "341"), ("DE", "Dortmund", "44", "231"), ("DE", "Essen", "45", "201"), ("DE", "Bremen", "28", "421"),
    ("DE", "Dresden", "01", "351"), ("DE", "Hannover", "30", "511"), ("DE", "Nürnberg", "90", "911"), ("DE", "Duisburg", "47", "203"),
    ("DE", "Bochum", "44", "234"), ("DE", "Wuppertal", "42", "202"), ("DE", "Bielefeld", "33", "521"), ("DE", "Bonn", "53", "228"),
    ("DE", "Münster", "48", "251"), ("DE", "Karlsruhe", "76", "721"), ("DE", "Mannheim", "68", "621"), ("DE", "Augsburg", "86", "821"),
    ("DE", "Wiesbaden", "65", "611"), ("DE", "Mönchengladbach", "41", "2161"), ("DE", "Braunschweig", "38", "531"),
    ("DE", "Chemnitz", "09", "371"), ("DE", "Kiel", "24", "431"), ("DE", "Aachen", "52", "241"), ("DE", "Halle (Saale)", "06", "345"),
    ("DE", "Magdeburg", "39", "391"), ("DE", "Freiburg im Breisgau", "79", "761"), ("DE", "Lübeck", "23", "451"),
    ("DE", "Erfurt", "99", "361"), ("DE", "Mainz", "55", "6131"), ("DE", "Rostock", "18", "381"), ("DE", "Kassel", "34", "561"),
    ("DE", "Saarbrücken", "66", "681"), ("DE", "Potsdam", "14", "331"), ("DE", "Oldenburg", "26", "441"),
    ("DE", "Regensburg", "93", "941"), ("DE", "Ingolstadt", "85", "841"), ("DE", "Würzburg", "97", "931"), ("DE", "Ulm", "89", "731"),
    ("DE", "Fürth", "90", "911"), ("DE", "Erlangen", "91", "9131"), ("DE", "Bamberg", "96", "951"), ("DE", "Landshut", "84", "871"),
    ("DE", "Rosenheim", "83", "8031"), ("DE", "Garmisch-Partenkirchen", "82", "8821"), ("DE", "Bad Tölz", "83", "8041"),
    ("AT", "Wien", "10", "1"), ("AT", "Graz", "80", "316"), ("AT", "Linz", "40", "732"), ("AT", "Salzburg", "50", "662"),
    ("AT", "Innsbruck", "60", "512"), ("CH", "Zürich", "80", "44"), ("CH", "Bern", "30", "31"), ("CH", "Basel", "40", "61"),
    ("CH", "Luzern", "60", "41"), ("CH", "St. Gallen", "90", "71"),
)  # fmt: skip
COUNTRY_CODES = {"DE": "+49", "AT": "+43", "CH": "+41"}
MOBILE = {"DE": ("151", "152", "157", "160", "162", "170", "171", "172", "175", "176", "179"), "AT": ("664", "676", "699"),
          "CH": ("76", "78", "79")}  # fmt: skip

STREETS = _words("""
Hauptstraße Bahnhofstraße Dorfstraße Gartenstraße Bergstraße Schulstraße Lindenstraße Kirchstraße Waldstraße Ringstraße Schillerstraße
Goethestraße Mozartstraße Beethovenstraße Jahnstraße Friedhofstraße Mühlenstraße Poststraße Blumenstraße Birkenstraße Rosenstraße
Industriestraße Königstraße Kaiserstraße Bismarckstraße Wilhelmstraße Friedrichstraße Ludwigstraße Münchner_Straße Berliner_Straße
Nürnberger_Straße Frankfurter_Straße Am_Markt Marktplatz Rathausplatz Lindenallee Kastanienallee Parkweg Wiesenweg Mühlweg Feldweg
Birkenweg Ahornweg Eichenweg Tannenweg Lerchenweg Amselweg Drosselweg Finkenweg Kirchgasse Badgasse Lange_Gasse Obere_Gasse
Untere_Gasse Im_Winkel An_der_Breite Auf_der_Höhe Zum_Sportplatz Alte_Landstraße Neue_Straße Kirchplatz Domplatz Hofmark
Konrad-Adenauer-Straße Willy-Brandt-Platz Robert-Koch-Straße Albert-Einstein-Straße Max-Planck-Straße Carl-Benz-Straße
Rudolf-Diesel-Straße Siemensstraße Daimlerstraße Boschstraße Gutenbergstraße Hans-Böckler-Straße
""")

PROVIDERS = _words(
    "gmx.de web.de t-online.de gmail.com freenet.de posteo.de outlook.de gmx.at bluewin.ch icloud.com mailbox.org"
)

TRADES = _words("""
Malerbetrieb Elektrotechnik Sanitär Dachdeckerei Schreinerei Tischlerei Metallbau Autohaus Kfz-Werkstatt Gartenbau Bäckerei Metzgerei
Bauunternehmen Fliesenleger Heizungsbau Steuerberatung Rechtsanwälte Ingenieurbüro Architekturbüro Immobilien Hausverwaltung
Versicherungsmakler Druckerei Werbeagentur Softwarehaus Logistik Spedition Maschinenbau Werkzeugbau Medizintechnik Optik Hörakustik
Apotheke Physiotherapie Zahnarztpraxis Gebäudereinigung Küchenstudio Möbelhaus Raumausstattung Glaserei Zimmerei Landtechnik
Weinhandel Getränkemarkt Buchhandlung Reisebüro Fahrschule Textilpflege Schlosserei Brauerei
""")
INVENTED = _words("""
Novaline Trivento Alpinox Hansacon Rheintec Elbwerk Isarlog Donautec Vitaform Solenta Primatec Eurodent Medisan Cleantex Datafox
Logipart Metallica Ferrotec Aquaplan Terravis Ventura Helvetix Bavaria Nordwerk Westfalia Frisia Saxonia Thuringia Kranich Falkner
Greifen Luchs Adlerwerk Sternberg Mondial Optima Maxima Velora Zentrix Quadriga
""")
SECOND = _words(
    "Systeme Technik Handel Service Consult Bau Energie Medien Verpackungen Präzision Solutions Kunststoffe Elektronik Pharma"
)
CHAINS = _words("""
Mühlenbäck Reformland Schuhparadies Brillenwelt Blumenring Fitnesspark Backwerk-Süd Farbenhof Tierwelt Getränkeoase Teppichland
Möbelinsel Hörwelt Reisefuchs Drogeriestern Uhrenkontor Elektrospar Gartenfreund Bettenhaus Küchenland
""")
SISTERS = (("Holding", "Verwaltung"), ("Vertrieb", "Produktion"), ("Immobilien", "Bau"), ("Service", "Handel"))
FORMS = (
    "GmbH",
    "GmbH",
    "GmbH",
    "GmbH",
    "GmbH & Co. KG",
    "AG",
    "KG",
    "OHG",
    "e.K.",
    "UG (haftungsbeschränkt)",
    "GbR",
    "eG",
    "",
)

FORM_SPELLINGS = {
    "GmbH": ("Gesellschaft mit beschränkter Haftung", "G.m.b.H.", "mbH", "gmbh", ""),
    "GmbH & Co. KG": ("GmbH & Co KG", "GmbH und Co. KG", "GmbH u. Co.KG", "GmbH", ""),
    "AG": ("Aktiengesellschaft", "A.G.", ""),
    "KG": ("Kommanditgesellschaft", "K.G.", ""),
    "OHG": ("oHG", "offene Handelsgesellschaft", ""),
    "e.K.": ("eK", "e. Kfm.", "eingetragener Kaufmann", ""),
    "UG (haftungsbeschränkt)": ("UG", "UG haftungsbeschränkt", ""),
    "GbR": ("Gesellschaft bürgerlichen Rechts", "G.b.R.", ""),
    "eG": ("e.G.", "Genossenschaft", ""),
    "": ("GmbH", "e.K.", ""),
}
ABBREVIATIONS = (
    ("Gebäudereinigung", "Gebäudereinig."), ("Ingenieurbüro", "Ing.-Büro"), ("Rechtsanwälte", "RAe"), ("Elektrotechnik", "Elektro"),
    ("Bauunternehmen", "Bau"), ("Heizungsbau", "Heizung"), ("Maschinenbau", "Masch.bau"), ("Hausverwaltung", "HV"), ("und", "&"),
    ("&", "und"), ("Technik", "Techn."), ("Architekturbüro", "Architekten"), ("Steuerberatung", "Steuerberater"),
)  # fmt: skip

KEYBOARD = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "rzg", "z": "tuh", "u": "zij", "i": "uok", "o": "ipl", "p": "oü", "ü": "pö",
    "a": "qsy", "s": "adwx", "d": "sfec", "f": "dgrv", "g": "fhtb", "h": "gjzn", "j": "hkum", "k": "jlio", "l": "köo", "ö": "läp",
    "ä": "öü", "y": "axs", "x": "ycd", "c": "xvd", "v": "cbf", "b": "vng", "n": "bmh", "m": "nj",
    **{str(n): f"{(n - 1) % 10}{(n + 1) % 10}" for n in range(10)},
}  # fmt: skip
"""Which keys lie beside which on a German keyboard."""

SPELLINGS = (("ü", "ue"), ("ö", "oe"), ("ä", "ae"), ("ß", "ss"), ("ü", "u"), ("ö", "o"), ("ä", "a"), ("ş", "s"), ("ğ", "g"),
             ("ç", "c"), ("ı", "i"), ("ł", "l"), ("ń", "n"), ("ś", "s"), ("ć", "c"))  # fmt: skip
SOUNDS = (("ph", "f"), ("th", "t"), ("dt", "tt"), ("ei", "ai"), ("ai", "ay"), ("ck", "k"), ("tz", "z"), ("mm", "m"), ("nn", "n"),
          ("ff", "f"), ("ie", "i"), ("v", "f"), ("c", "k"), ("y", "i"), ("ey", "ei"))  # fmt: skip
"""What sounds the same is written the same by whoever hears it on the phone."""
