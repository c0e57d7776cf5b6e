"""What people, companies, streets and towns in the demo company are called. All of it is made up except the towns."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    """The words of a block; an underscore keeps two together."""
    return tuple(word.replace("_", " ") for word in text.split())


WOMEN = _words("""
Sabine Petra Monika Claudia Andrea Birgit Susanne Martina Ute Heike Anja Katrin Silke Nicole Stefanie Julia Katharina
Anna Laura Lena Lea Hannah Johanna Franziska Theresa Miriam Ronja Greta Frieda Ilse Gerda Hildegard Renate Ingrid
Christa Ursula Ayşe Fatma Elif Zeynep Emine Gülay Agnieszka Katarzyna Małgorzata Ewa Joanna Giulia Francesca Chiara
Antonella Elena Olga Natalia Svetlana Irina Marija Jelena Amina Leyla Yasmin Samira Mai Linh Thuy Carmen Inês Sofia Zoë
Noémie Maren Wiebke Antje
""")

MEN = _words("""
Thomas Michael Andreas Stefan Peter Klaus Jürgen Wolfgang Uwe Frank Bernd Ralf Jörg Matthias Markus Christian Martin
Sven Torsten Oliver Alexander Sebastian Tobias Florian Daniel Jan Lukas Jonas Felix Maximilian Paul Moritz Emil Anton
Karl Heinz Günther Horst Manfred Dieter Helmut Mehmet Mustafa Ahmet Emre Can Yusuf Piotr Krzysztof Tomasz Marek Jakub
Marco Giuseppe Salvatore Luca Antonio Sergej Dimitri Igor Viktor Goran Nikola Ali Hassan Omar Karim Minh Duc Carlos João
René François Björn Søren Jens Malte Fiete Veit Xaver Korbinian
""")

FAMILIES = _words("""
Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf
Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann Köhler Maier Mayer
Herrmann König Walter Huber Kaiser Fuchs Peters Scholz Möller Weiß Jung Hahn Vogel Keller Günther Frank Berger Winkler
Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Schumacher Krämer Vogt Stein Jäger Otto
Sommer Groß Seidel Heinrich Brandt Haas Schreiber Graf Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Voigt
Sauer Arnold Pfeiffer Ernst Lindner Hübner Kramer Schütz Götz Nagel Thiele Bock Wenzel Größmann Größmann Größmann Strauß Weiss Rößler
Öztürk Yılmaz Kaya Demir Şahin Çelik Yıldız Aydın Özdemir Arslan Doğan Kılıç Nowak Kowalski Wiśniewski Wójcik Kowalczyk
Kamiński Zieliński Szymański Woźniak Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Petrov
Ivanov Schewtschenko Popović Jovanović Horvat Novák Kovács Nagy Nguyen Tran Pham Haddad Khalil Rahimi Silva Pereira
García Fernández Dubois Moreau Jensen Hansen Petersen Claasen Tönnies Übelhör Oßwald Thoß Freudenthal Achterberg
Butenschön Kiesewetter Morgenroth Rosenbusch Wollschläger
""")

ENGLISH_WOMEN = _words("""
Emily Charlotte Sarah Rebecca Fiona Aoife Niamh Megan Alice Harriet Grace Priya Jessica Helen
""")
ENGLISH_MEN = _words("""
James Oliver Thomas William Callum Liam Sean Daniel Harry George Edward Raj Andrew Patrick
""")
ENGLISH_FAMILIES = _words("""
Smith Taylor Brown Wilson Evans Thomas Roberts Walker Wright Thompson Hughes Edwards Green O'Brien Murphy Byrne Campbell
Stewart MacDonald Patel Khan Ashworth Whitfield Bradshaw
""")

TITLES = ("Dr.", "Dr.", "Dr.", "Dipl.-Ing.", "Prof. Dr.", "Dr. med.")
DOUBLE_SHARE = 0.04
TITLE_SHARE = 0.05

FUNCTIONS = {
    "de": (
        "Geschäftsführung", "Einkauf", "Leitung Einkauf", "Projektleitung", "Buchhaltung", "Werkstattleitung", "Innenarchitektur",
        "Hausverwaltung", "Bauleitung", "Disposition", "Assistenz der Geschäftsführung", "Technische Leitung",
    ),
    "en": ("Managing director", "Purchasing", "Project manager", "Accounts", "Interior architect", "Facilities", "Site manager"),
}  # fmt: skip

TRADES = (
    ("Tischlerei", "{trade} {family} {form}"),
    ("Schreinerei", "{trade} {family} {form}"),
    ("Küchenstudio", "{trade} {town} {form}"),
    ("Küchenhaus", "{trade} {family} {form}"),
    ("Möbelhaus", "{trade} {family} {form}"),
    ("Innenausbau", "{family} {trade} {form}"),
    ("Ladenbau", "{family} {trade} {form}"),
    ("Objekteinrichtung", "{family} & {other} {trade} {form}"),
    ("Hausverwaltung", "{trade} {family} {form}"),
    ("Wohnbau", "{trade} {town} {form}"),
    ("Bauträger", "{family} {trade} {form}"),
    ("Hotel", "{trade} {sign} {form}"),
    ("Gasthof", "{trade} {sign} {form}"),
    ("Pension", "{trade} {family} {form}"),
    ("Architekten", "{family} + {other} {trade} {partners}"),
    ("Architekturbüro", "{trade} {family} {partners}"),
    ("Renovierungen", "{family} {trade} {form}"),
    ("Holzbau", "{family} {trade} {form}"),
    ("Zimmerei", "{trade} {family} {form}"),
    ("Kanzlei", "{trade} {family}, {other} & Partner"),
    ("Praxis", "Gemeinschaftspraxis Dr. {family} und Dr. {other}"),
    ("Bäckerei", "{trade} {family} {form}"),
    ("Seniorenresidenz", "{trade} {sign} {form}"),
    ("Kindertagesstätte", "{trade} {sign} e. V."),
    ("Wohnungsgenossenschaft", "{trade} {town} eG"),
    ("Catering", "{family} {trade} {form}"),
    ("Messebau", "{family} {trade} {form}"),
    ("Yachtausbau", "{family} {trade} {form}"),
)
SIGNS = _words("""
Seeblick Lindenhof Sonnenhof Rosengarten Waldesruh Kranichnest Bergfried Eichenkamp Mühlbach Alte_Post Goldener_Anker
Schwarzer_Adler Zum_Löwen Drei_Linden Am_Stadtpark Heidekrug Uferlos Pusteblume Fuchsbau Regenbogen
""")
FORMS = (
    "GmbH",
    "GmbH",
    "GmbH",
    "GmbH",
    "GmbH & Co. KG",
    "GmbH & Co. KG",
    "KG",
    "OHG",
    "e. K.",
    "e. K.",
    "AG",
    "UG (haftungsbeschränkt)",
)
PARTNERS = ("PartG mbB", "GmbH", "GbR")
ENGLISH_COMPANIES = (
    "{family} Interiors Ltd", "{family} & {other} Architects LLP", "{family} Joinery Ltd", "The {sign} Hotel Ltd",
    "{family} Kitchens Ltd", "{family} Property Management Ltd", "{family} Brothers Shopfitting Ltd",
)  # fmt: skip
ENGLISH_SIGNS = ("Harbour", "Old Mill", "Riverside", "Kingfisher", "Lakeside", "White Hart")

STREETS = _words("""
Hauptstraße Bahnhofstraße Gartenstraße Schulstraße Dorfstraße Bergstraße Lindenstraße Kirchstraße Waldstraße Ringstraße
Goethestraße Schillerstraße Mozartstraße Beethovenstraße Kantstraße Lessingstraße Friedrichstraße Wilhelmstraße
Marktstraße Mühlenweg Birkenweg Ahornweg Eichenallee Kastanienallee Rosenweg Tulpenweg Amselweg Finkenweg Heideweg
Wiesengrund Uferstraße Hafenstraße Industriestraße Gewerbering Handwerkerhof Werkstraße Brunnengasse Neugasse Domplatz
Marktplatz Am_Anger Am_Stadtpark Am_Wasserturm An_der_Mühle Zum_Sportplatz Im_Winkel Untere_Gasse Alte_Poststraße
Steinweg Grüner_Weg
""")
ENGLISH_STREETS = (
    "High Street",
    "Station Road",
    "Church Lane",
    "Mill Lane",
    "Victoria Road",
    "Park Avenue",
    "King Street",
    "Queen's Road",
)

# postcode town, one per line of the Deutsche Post, the Österreichische Post and the Swiss Post
GERMAN_TOWNS = """
10115 Berlin|10437 Berlin|12043 Berlin|20095 Hamburg|22765 Hamburg|80331 München|80796 München|50667 Köln|60311 Frankfurt am Main
70173 Stuttgart|40213 Düsseldorf|04109 Leipzig|44135 Dortmund|45127 Essen|28195 Bremen|01067 Dresden|30159 Hannover|90402 Nürnberg
47051 Duisburg|44787 Bochum|42103 Wuppertal|33602 Bielefeld|53111 Bonn|48143 Münster|76133 Karlsruhe|68161 Mannheim|86150 Augsburg
65183 Wiesbaden|45879 Gelsenkirchen|41061 Mönchengladbach|38100 Braunschweig|09111 Chemnitz|24103 Kiel|52062 Aachen|06108 Halle (Saale)
39104 Magdeburg|79098 Freiburg im Breisgau|47798 Krefeld|23552 Lübeck|46045 Oberhausen|99084 Erfurt|55116 Mainz|18055 Rostock
34117 Kassel|58095 Hagen|66111 Saarbrücken|14467 Potsdam|67059 Ludwigshafen am Rhein|26122 Oldenburg|49074 Osnabrück|69117 Heidelberg
64283 Darmstadt|93047 Regensburg|97070 Würzburg|85049 Ingolstadt|37073 Göttingen|74072 Heilbronn|89073 Ulm|75175 Pforzheim
63065 Offenbach am Main|90762 Fürth|72764 Reutlingen|27568 Bremerhaven|56068 Koblenz|07743 Jena|54290 Trier|57072 Siegen|95444 Bayreuth
78462 Konstanz|94032 Passau|21335 Lüneburg|02826 Görlitz|18439 Stralsund|24937 Flensburg|29221 Celle|31785 Hameln|83646 Bad Tölz
83022 Rosenheim|87435 Kempten (Allgäu)|25813 Husum|19053 Schwerin|03046 Cottbus|07545 Gera|08056 Zwickau|96047 Bamberg|88045 Friedrichshafen
"""
AUSTRIAN_TOWNS = (
    "1010 Wien|1070 Wien|8010 Graz|4020 Linz|5020 Salzburg|6020 Innsbruck|9020 Klagenfurt am Wörthersee|6900 Bregenz"
)
SWISS_TOWNS = "8001 Zürich|4051 Basel|3011 Bern|6003 Luzern|9000 St. Gallen|8400 Winterthur|7000 Chur|8200 Schaffhausen"
BRITISH_TOWNS = "SE1 9SG London|M1 1AE Manchester|BS1 4DJ Bristol|EH1 1YZ Edinburgh|LS1 4AP Leeds|CF10 1EP Cardiff"


def _towns(text: str, country: str) -> tuple[tuple[str, str, str], ...]:
    entries = (entry for line in text.strip().splitlines() for entry in line.split("|"))
    if country == "GB":
        parts = (entry.rpartition(" ") for entry in entries)
        return tuple((postcode, town, country) for postcode, _space, town in parts)
    return tuple((entry.partition(" ")[0], entry.partition(" ")[2], country) for entry in entries)


DE = _towns(GERMAN_TOWNS, "DE")
AT = _towns(AUSTRIAN_TOWNS, "AT")
CH = _towns(SWISS_TOWNS, "CH")
GB = _towns(BRITISH_TOWNS, "GB")

# Numbers that are never given to a subscriber. Germany: "Drama Numbers", Bundesnetzagentur, Mitteilung 148/2021 (five local
# networks, a thousand numbers each; here followed by extension digits, so that each customer has another one). United
# Kingdom: Ofcom's numbers for drama use. Austria and Switzerland reserve none: their customers have no telephone here.
GERMAN_NUMBERS = ("+493023125", "+496990009", "+494066969", "+492214710", "+498999998")
BRITISH_NUMBERS = ("+44207946", "+44161496")
NUMBERS_OF_TOWNS = {"Berlin": 0, "Frankfurt am Main": 1, "Hamburg": 2, "Köln": 3, "München": 4}

ORIGINS = {
    "de": ("Empfehlung", "Messe „Küche & Wohnen“", "Webseite", "Anzeige im Stadtmagazin", "Soziale Medien", "Bewertungsportal",
           "Ausstellung", "Suchmaschine", "Empfohlen von einem Architekten"),
    "en": ("Recommendation", "Trade fair", "Website", "Search engine", "Social media", "Review portal"),
}  # fmt: skip

ORIGIN_CODES = {
    "Empfehlung": "recommendation", "Messe „Küche & Wohnen“": "fair", "Webseite": "website", "Anzeige im Stadtmagazin": "advert",
    "Soziale Medien": "social_media", "Bewertungsportal": "reviews", "Ausstellung": "walk_in", "Suchmaschine": "search",
    "Empfohlen von einem Architekten": "recommendation", "Recommendation": "recommendation", "Trade fair": "fair",
    "Website": "website", "Search engine": "search", "Social media": "social_media", "Review portal": "reviews",
}  # fmt: skip
"""How a customer heard of the company, as the code that is counted."""

TAGS = {
    "organisation": ("Rahmenvertrag", "Architekt", "Wiederverkäufer", "Hotel", "Skonto"),
    "person": ("Altbau", "Barrierefrei", "Zweitküche", "Eigenleistung"),
}

LOSSES = (
    ("price", "Das Angebot vom Wettbewerb war günstiger.", "quotation"),
    ("competitor", "Ging zu einem Küchenstudio am Ort.", "showroom"),
    ("delivery", "Der Liefertermin wurde zweimal verschoben.", "order_status"),
    ("service", "Nach der Reklamation kam kein Rückruf.", "hotline"),
    ("need_gone", "Die Wohnung ist verkauft.", "follow_up"),
    ("moved", "Ist ins Ausland gezogen.", "follow_up"),
    ("closed", "Der Betrieb wurde aufgegeben.", "follow_up"),
)
"""Why customers were lost: the code, in words, the last touchpoint."""

BRIEFS = {
    "organisation": {
        "de": (
            "{trade} mit {n} Beschäftigten. Bestellt Fronten und Arbeitsplatten in Serie. Entscheidet nach Liefertreue.",
            "Familienbetrieb in dritter Generation. Will feste Ansprechpersonen. Der Preis zählt erst an zweiter Stelle.",
            "Richtet Ferienwohnungen ein. Braucht alles auf einen Termin. Bucht bei Verzug sofort anderswo.",
            "Wächst schnell, plant {n} neue Einheiten im Jahr. Vergleicht jedes Angebot. Achtet auf klare Rechnungen.",
            "Plant für private Bauherren. Legt Wert auf Muster und Farbtreue. Empfiehlt uns gern weiter.",
            "Bestellt selten, dann viel. Schätzt kurze Wege und ein Gespräch am Telefon.",
        ),
        "en": (
            "Family business, {n} employees. Orders fronts in series. Decides by reliability of delivery.",
            "Fits out serviced flats. Needs everything on one date. Compares every quotation.",
        ),
    },
    "person": {
        "de": (
            "Renoviert ein Reihenhaus. Möchte eine Küche, die zu den Kindern passt. Wichtig ist, dass nichts ausdünstet.",
            "Kocht viel und gern für Gäste. Sucht eine Arbeitsplatte aus Naturstein. Lässt sich Zeit mit der Entscheidung.",
            "Barrierefreier Umbau für die Mutter. Braucht feste Zusagen. Bittet um Rückruf am Vormittag.",
            "Zweite Küche bei uns. War mit der Montage sehr zufrieden, mit der Rechnung nicht.",
            "Erste eigene Wohnung, kleines Budget. Vergleicht im Netz, entscheidet im Gespräch.",
        ),
        "en": (
            "Moved here for work, prefers English. Wants a kitchen that can move with them.",
            "Renovating an old town house. Cares about natural materials. Takes time to decide.",
        ),
    },
}
