"""Whether that by which somebody is reached belongs to a restricted customer or person (GDPR Art. 18), as conditions in SQL: what
is asked of a single one, and what narrows a list, is the same rule."""

_IS = "(p.restricted_at IS NOT NULL OR z.restricted_at IS NOT NULL)"


def restricted_address_sql(address: str) -> str:
    """An e-mail address in small letters, as an expression."""
    return f"""EXISTS (SELECT FROM email_address e LEFT JOIN person p ON p.id = e.person LEFT JOIN affiliation a ON a.person = p.id
    LEFT JOIN customer z ON z.id = coalesce(e.customer, a.customer) WHERE lower(e.address) = {address} AND {_IS})"""


def restricted_phone_sql(number: str) -> str:
    """A telephone number as it is kept ("+49 …" without spaces), as an expression; an empty one is nobody's."""
    return f"""EXISTS (SELECT FROM phone_number n LEFT JOIN person p ON p.id = n.person LEFT JOIN affiliation a ON a.person = p.id
    LEFT JOIN customer z ON z.id = coalesce(n.customer, a.customer) WHERE n.number = {number} AND {_IS})"""


def restricted_customer_sql(number: str) -> str:
    """The number of a customer in capital letters, as an expression."""
    return f"EXISTS (SELECT FROM customer z WHERE upper(z.number) = {number} AND z.restricted_at IS NOT NULL)"
