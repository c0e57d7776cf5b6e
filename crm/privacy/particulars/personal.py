"""What the officer writes down is about the company and its staff."""

from crm.personal import STAFF, Declared, each

PERSONAL = (
    Declared(
        "privacy_particulars",
        each(
            STAFF,
            "controller_contact representative officer_name officer_contact authority recipients third_countries measures",
        ),
    ),
)
