"""Postcodes: what can be one, and the sentence beside the field when it cannot."""

from __future__ import annotations

import pytest

from crm.customers.forms import customer_changes, new_customer
from crm.customers.plausible import is_postcode
from crm.customers.tables import CustomerKind
from crm.errors import Invalid
from crm.web.forms import Fields


@pytest.mark.parametrize(
    ("text", "country", "fits"),
    [
        ("90403", "DE", True), ("9040", "DE", False), ("9O403", "DE", False), ("abc", "DE", False), ("1010", "AT", True),
        ("90403", "AT", False), ("8001", "CH", True), ("SW1A 2AA", "GB", True), ("110-0006", "JP", True), ("Nord", "GB", False),
        ("12345678901", "US", False), ("<b>1</b>", "US", False),
    ],
)  # fmt: skip
def test_postcode_fits_its_country(text: str, country: str, fits: bool) -> None:
    assert is_postcode(text, country) is fits


def test_both_are_refused_beside_their_fields_with_an_example() -> None:
    with pytest.raises(Invalid) as error:
        new_customer(Fields({"name": "Kern", "postcode": "Quatsch", "vat_id": "DE1"}), {"basis"})
    assert error.value.errors == {
        "postcode": "Das ist keine Postleitzahl in Deutschland. Ein Beispiel: 90403",
        "vat_id": "Das ist keine USt-IdNr.: Die Prüfziffern müssen stimmen. Ein Beispiel: DE136695976",
    }


def test_postcode_alone_is_measured_by_the_customers_country() -> None:
    fields = Fields({"postcode": "A-1010"})
    changes = customer_changes(fields, CustomerKind.ORGANISATION, {"basis"}, only={"postcode"}, region="AT")
    fields.check()
    assert changes == {"postcode": "1010"}
