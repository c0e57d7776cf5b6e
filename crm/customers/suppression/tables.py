"""The entries that keep erased people from coming back unnoticed."""

from enum import StrEnum

from piccolo.columns import BigInt, BigSerial, Timestamptz, Varchar
from piccolo.table import Table


class KeyKind(StrEnum):
    """What a key was made from: an e-mail address, a number, a name with its postcode, or a name with the organisation where they
    work."""

    EMAIL = "email"
    PHONE = "phone"
    POSTAL = "postal"
    EMPLOYEE = "employee"


class SuppressionEntry(Table, tablename="suppression_entry"):
    """One keyed hash (keys.py) of an address, a number, or a name with its postcode or organisation of somebody who was erased. `erasure`
    is the number of that erasure. Nothing can be read out of it without the secret and a guess."""

    id = BigSerial(primary_key=True)
    kind = Varchar(10, choices=KeyKind)
    key = Varchar(64, unique=True)
    erasure = BigInt(index=True)
    created_at = Timestamptz(default=None, null=True)
