"""What the forms of the website know about people: for a day, a digest of where an entry came from, which nobody reads back."""

from crm.personal import CODE, SECRET, Declared, each

PERSONAL = (
    Declared(
        "web_form",
        each(
            CODE,
            "code name kind languages title_de title_en thanks_de thanks_en privacy_de privacy_en privacy_url asked demanded "
            "topics origins",
        ),
    ),
    Declared("form_attempt", each(SECRET, "address_hash text_hash nonce")),
)
