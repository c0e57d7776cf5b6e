"""How shops and inventory systems call the columns of their lists of orders (see header_names.py)."""

from __future__ import annotations

GERMAN = {
    "customer_external_id": ("Debitor", "Debitorennummer", "Debitoren-Nr.", "Kundenkonto", "Adressnummer", "Kunden-ID", "Kunde extern"),
    "customer_number": ("Kundennummer", "Kunden-Nr.", "Kundennr", "KdNr", "Kd.-Nr.", "Kunde"),
    "person_email": (
        "E-Mail-Adresse", "E-Mail (Rechnung)", "E-Mail Kunde", "Kunden-E-Mail", "E-Mail-Adresse des Kunden",
        "Rechnung E-Mail",
    ),
    "number": (
        "Bestellnummer", "Bestell-Nr.", "Bestellnr", "Bestell-ID", "Bestellung", "Bestellung Nr.", "Auftragsnummer", "Auftrags-Nr.",
        "Auftragsnr", "Auftrag", "Auftrag Nr.", "Belegnummer", "Beleg-Nr.", "Belegnr", "Vorgangsnummer", "Vorgangs-Nr.", "Ordernummer",
        "Order-Nr.", "Nummer", "Nr.", "Bestellnummer Kunde",
    ),
    "ordered_on": (
        "Bestelldatum", "Bestellt am", "Bestellung vom", "Auftragsdatum", "Auftrag vom", "Belegdatum", "Datum", "Erstellt am", "Kaufdatum",
        "Eingangsdatum", "Angelegt am", "Bestellzeitpunkt", "Datum der Bestellung",
    ),
    "amount": (
        "Gesamtbetrag", "Betrag", "Gesamtsumme", "Gesamt", "Summe", "Auftragssumme", "Auftragswert", "Bestellwert", "Bestellsumme",
        "Endbetrag", "Rechnungsbetrag", "Gesamtwert", "Bruttobetrag", "Nettobetrag", "Gesamt brutto", "Gesamt netto",
        "Summe brutto", "Summe netto", "Umsatz", "Gesamtbetrag brutto", "Gesamtbetrag netto",
    ),
    "currency": ("Währung", "Währungscode", "WKZ", "Währungskennzeichen"),
    "status": ("Status", "Bestellstatus", "Auftragsstatus", "Belegstatus", "Zustand"),
    "channel": ("Kanal", "Vertriebskanal", "Verkaufskanal", "Bestellkanal", "Bestellweg", "Bestellart", "Vertriebsweg"),
    "delivered_on": (
        "Lieferdatum", "Geliefert am", "Ausgeliefert am", "Zugestellt am", "Lieferung am", "Auslieferung am",
        "Lieferscheindatum",
    ),
    "delivery_due_on": (
        "Liefertermin", "Wunschtermin", "Wunschliefertermin", "Wunschlieferdatum", "Zugesagter Liefertermin", "Lieferung zugesagt für",
        "Geplantes Lieferdatum", "Voraussichtliches Lieferdatum", "Voraussichtliche Lieferung", "Bestätigter Liefertermin",
    ),
    "product": (
        "Artikelnummer", "Artikel-Nr.", "Artikelnr", "Art.-Nr.", "ArtNr", "Artikel", "Artikel-ID", "Produktnummer", "Produkt-Nr.",
        "Produkt",
        "Produktcode", "Materialnummer", "Material",
    ),
    "text": (
        "Artikelbezeichnung", "Bezeichnung", "Artikelname", "Artikeltext", "Produktname", "Produktbezeichnung", "Positionstext",
        "Beschreibung",
        "Artikelbeschreibung", "Bezeichnung 1", "Leistung",
    ),
    "quantity": ("Menge", "Anzahl", "Stückzahl", "Stück", "Bestellmenge", "Auftragsmenge", "Liefermenge", "Positionsmenge"),
    "price": (
        "Einzelpreis", "Stückpreis", "Preis", "E-Preis", "EP", "VK", "VK-Preis", "Verkaufspreis", "Einzelpreis netto", "Einzelpreis brutto",
        "Preis pro Stück", "Preis je Einheit", "Artikelpreis", "Einheitspreis",
    ),
}  # fmt: skip

ENGLISH = {
    "customer_external_id": (
        "Customer ID", "Customer User ID", "Customer user", "Account number", "Account ID", "Customer account", "customer", "External ID",
    ),
    "customer_number": ("Customer number", "Customer no.", "Customer No", "Client number"),
    "person_email": (
        "E-Mail", "Email", "E-mail address", "Email (Billing)", "Billing email", "Billing: E-mail address", "Customer email", "Buyer email",
        "Email Address",
    ),
    "number": (
        "Order number", "Order no.", "Order No", "Order ID", "Order #", "Order", "Order name", "Sales order", "Sales order number",
        "Document number", "Order reference", "Reference", "Amazon Order Id", "Number",
    ),
    "ordered_on": (
        "Order date", "Ordered on", "Ordered at", "Date", "Created at", "Date created", "Created on", "Created", "Purchase date",
        "Sale date",
        "Document date", "Date placed",
    ),
    "amount": (
        "Total", "Amount", "Order total", "Order total amount", "Grand total", "Total amount", "Total price", "Order amount", "Total value",
        "Net total", "Gross total", "Order value",
    ),
    "currency": ("Currency", "Currency code", "Order currency"),
    "status": ("Status", "Order status", "State", "Financial Status", "Payment status"),
    "channel": ("Channel", "Sales channel", "Order channel"),
    "delivered_on": ("Delivered on", "Delivered at", "Date delivered", "Delivery date", "Delivered"),
    "delivery_due_on": (
        "Delivery due", "Expected delivery", "Expected delivery date", "Requested delivery date", "Promised delivery date",
        "Estimated delivery", "Ship by date", "Promised on",
    ),
    "product": (
        "SKU", "Item SKU", "Product SKU", "Product code", "Product ID", "Product", "Item number", "Item no.", "Item code",
        "Part number",
        "Article number"),
    "text": ("Item name", "Item", "Product name", "Item description", "Line description", "Description", "Item title", "Product title"),
    "quantity": ("Quantity", "Qty", "Item quantity", "Quantity (- Refund)", "Quantity purchased", "Units", "Ordered quantity"),
    "price": ("Unit price", "Price", "Item price", "Item cost", "Price each", "Unit cost", "Product price", "Price per unit"),
}  # fmt: skip

SHOPIFY = {
    "number": ("Name",),
    "person_email": ("Email",),
    "status": ("Financial Status",),
    "ordered_on": ("Created at",),
    "currency": ("Currency",),
    "amount": ("Total",),
    "product": ("Lineitem sku",),
    "text": ("Lineitem name",),
    "quantity": ("Lineitem quantity",),
    "price": ("Lineitem price",),
}
"""Each order's first row has all of it, its further rows have the name (#1001) and a line item."""


def all_names() -> dict[str, tuple[str, ...]]:
    """The names of both languages; the more telling ones of a field first."""
    return {code: (*GERMAN.get(code, ()), *ENGLISH.get(code, ())) for code in GERMAN}
