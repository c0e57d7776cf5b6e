"""How inventory systems and German lists call the columns of products and quotations (see header_names.py)."""

from __future__ import annotations

from crm.records import order_header_names as orders

PRODUCTS = {
    "code": (
        "Artikelnummer", "Artikel-Nr.", "Artikelnr", "Art.-Nr.", "ArtNr", "Artikel-ID", "Produktnummer", "Produkt-Nr.", "Produktcode",
        "Materialnummer", "Nummer", "Nr.", "Kürzel", "Code", "SKU", "Product code", "Item number", "Item no.", "Part number",
    ),
    "name_de": (
        "Name (deutsch)", "Bezeichnung", "Artikelbezeichnung", "Artikelname", "Artikel", "Produktname", "Produktbezeichnung", "Produkt",
        "Name", "Bezeichnung 1", "Titel", "Product name", "Product", "Item name", "Title", "Description",
    ),
    "name_en": ("Name (englisch)", "Name (English)", "Bezeichnung (englisch)", "Bezeichnung Englisch", "English name", "Englisch"),
    "department": ("Abteilung", "Sparte", "Bereich", "Warengruppe", "Produktgruppe", "Kategorie", "Department", "Category"),
}  # fmt: skip

QUOTATIONS = {
    "customer_external_id": (*orders.GERMAN["customer_external_id"], *orders.ENGLISH["customer_external_id"]),
    "customer_number": (*orders.GERMAN["customer_number"], *orders.ENGLISH["customer_number"]),
    "person_email": (*orders.GERMAN["person_email"], *orders.ENGLISH["person_email"]),
    "number": (
        "Angebotsnummer", "Angebots-Nr.", "Angebotsnr", "Angebot Nr.", "Angebot", "Belegnummer", "Beleg-Nr.", "Belegnr", "Vorgangsnummer",
        "Nummer", "Nr.", "Quotation number", "Quotation no.", "Quote number", "Quote no.", "Quote", "Quotation", "Number",
    ),
    "subject": (
        "Betreff", "Titel", "Beschreibung", "Bezeichnung", "Projekt", "Worum es geht", "Gegenstand", "Thema", "Subject", "Title",
        "Description", "Project", "Name",
    ),
    "amount": (
        "Angebotssumme", "Angebotswert", "Angebotsbetrag", *orders.GERMAN["amount"], "Quote total", "Quotation total",
        *orders.ENGLISH["amount"],
    ),
    "currency": (*orders.GERMAN["currency"], *orders.ENGLISH["currency"]),
    "products": ("Produkte", "Produkt", "Artikel", "Artikelnummer", "Artikelnummern", "Products", "Product", "Items", "SKU"),
    "document_on": ("Angebotsdatum", "Datum", "Belegdatum", "Angebot vom", "Quotation date", "Quote date", "Date", "Document date"),
    "requested_at": (
        "Angefragt am", "Anfragedatum", "Anfrage vom", "Anfrage am", "Angefragt", "Erstellt am", "Angelegt am", "Requested on",
        "Requested at", "Requested", "Enquiry date", "Created at", "Created on",
    ),
    "sent_at": (
        "Versendet am", "Verschickt am", "Abgegeben am", "Gesendet am", "Versanddatum", "Versendet", "Sent on", "Sent at", "Sent",
        "Date sent",
    ),
    "status": ("Status", "Angebotsstatus", "Belegstatus", "Stand", "Zustand", "Phase", "Stage", "State", "Quote status"),
    "decided_at": (
        "Entschieden am", "Entscheidung am", "Entscheidungsdatum", "Angenommen am", "Abgelehnt am", "Beauftragt am", "Abgeschlossen am",
        "Decided on", "Decided at", "Decided", "Accepted on", "Declined on", "Closed on", "Close date",
    ),
    "decline_reason": ("Ablehnungsgrund", "Absagegrund", "Verlustgrund", "Grund", "Decline reason", "Lost reason", "Reason"),
    "decision_note": ("Antwort des Kunden", "Begründung", "Bemerkung", "Kommentar", "Notiz", "Customer's answer", "Note", "Comment"),
}  # fmt: skip
