"""VAT IDs and IBANs: the check digits of each country decide."""

from __future__ import annotations

import pytest

from crm.customers.identifiers import iban_of, shown_iban, vat_id_example, vat_id_of


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("DE136695976", "DE136695976"), ("de 136 695 976", "DE136695976"), ("DE136695967", None), ("DE12345678", None),
        ("ATU13585627", "ATU13585627"), ("ATU13585628", None), ("AT13585627", None),
        ("CHE-107.787.577", "CHE-107.787.577"), ("che107787577mwst", "CHE-107.787.577 MWST"),
        ("CHE-107.787.577 IVA", "CHE-107.787.577 IVA"), ("CHE-107.787.578", None), ("CHE123", None),
        ("FR40303265045", "FR40303265045"), ("NL4495445B01", "NL004495445B01"), ("EL094259216", "EL094259216"),
        ("GB980780684", "GB980780684"), ("GB980780685", None), ("NO995525828MVA", "NO995525828MVA"),
        ("LI12345", "LI12345"), ("quatsch", None), ("123456789", None), ("FR", None), ("", None), ("🙂DE", None),
    ],
)  # fmt: skip
def test_vat_id_is_kept_in_one_form_or_refused(text: str, kept: str | None) -> None:
    assert vat_id_of(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"), ("de89370400440532013000", "DE89370400440532013000"),
        ("DE89 3704 0044 0532 0130 01", None), ("DE89 3704 0044 0532 0103 00", None), ("DE8937040044053201300", None),
        ("AT611904300234573201", "AT611904300234573201"), ("CH9300762011623852957", "CH9300762011623852957"),
        ("XX12", None), ("", None), ("DE", None),
    ],
)  # fmt: skip
def test_iban_with_a_typo_is_refused(text: str, kept: str | None) -> None:
    assert iban_of(text) == kept


def test_iban_is_shown_in_groups_of_four() -> None:
    assert shown_iban("DE89370400440532013000") == "DE89 3704 0044 0532 0130 00"


@pytest.mark.parametrize("text", ["DE1", "ATx", "CHE", "quatsch"])
def test_examples_are_right_ones(text: str) -> None:
    assert vat_id_of(vat_id_example(text))
