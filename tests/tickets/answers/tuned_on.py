"""Messages on which the matcher was tuned: (language, text, title of the answer or "" where a person must answer). What it is judged
by is in labelled.py."""

TUNED_ON = (
    (
        "de",
        "Guten Tag,\n\nwie sind Ihre Öffnungszeiten?\n\nMit freundlichen Grüßen\nAnna Größmann",
        "Wann haben Sie geöffnet?",
    ),
    ("de", "Hallo, habt ihr samstags geöffnet? LG Emre", "Wann haben Sie geöffnet?"),
    ("de", "Wie lange ist die Lieferzeit für eine neue Küche?", "Wie lange ist die Lieferzeit einer Küche?"),
    ("de", "Können Sie mir sagen, wie viele Jahre Garantie Sie auf Ihre Küchen geben?", "Wie lange ist die Garantie?"),
    ("de", "Womit öle ich am besten die Arbeitsplatte aus Holz?", "Wie pflege ich eine Arbeitsplatte aus Holz?"),
    ("de", "Kann man bei Ihnen mit Kreditkarte bezahlen?", "Wie kann ich bezahlen?"),
    ("de", "Nehmen Sie auch die alte Küche mit?", "Nehmen Sie die alte Küche mit?"),
    ("de", "Ist Ihre Küchenplanung kostenlos?", "Kosten Beratung und Planung etwas?"),
    ("en", "Hello,\n\nwhat are your opening hours on Saturdays?\n\nKind regards\nJohn", "Wann haben Sie geöffnet?"),
    ("en", "How long does delivery of a new kitchen take?", "Wie lange ist die Lieferzeit einer Küche?"),
    ("en", "Do you take the old kitchen away?", "Nehmen Sie die alte Küche mit?"),
    ("de", "Wann kommt meine Küche? Ich warte seit drei Wochen.", ""),
    ("de", "Die Arbeitsplatte aus Holz hat einen Riss.", ""),
    ("de", "Die Garantie ist abgelaufen, was kostet eine neue Schublade?", ""),
    ("de", "Haben Sie auch Küchen in Grün?", ""),
    ("de", "Bitte stornieren Sie meine Bestellung.", ""),
    ("en", "My kitchen still has not been delivered. How long does delivery take?", ""),
    ("en", "Do you also sell wardrobes?", ""),
    (
        "de",
        "Guten Tag, wann hat Ihre Ausstellung am Samstag geöffnet? Danke und Gruß, Familie Wendt",
        "Wann haben Sie geöffnet?",
    ),
    (
        "de",
        "Guten Morgen, wie viele Wochen dauert die Lieferung einer Küche ungefähr?\n\nBeste Grüße\nJ. Adam",
        "Wie lange ist die Lieferzeit einer Küche?",
    ),
    ("de", "Welche Garantie geben Sie auf die Möbel?", "Wie lange ist die Garantie?"),
    ("en", "Which measurements do you need for planning?", "Was muss ich zur Küchenplanung mitbringen?"),
    ("de", "Ist das Studio in Potsdam auch samstags geöffnet?", ""),
    ("de", "Eine Front ist beim Reinigen matt geworden, was kann ich tun?", ""),
    ("en", "Can I pay the fitter in cash?", ""),
)
