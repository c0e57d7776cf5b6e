"""A company to look at: staff, customers and two years of history, made up and the same for the same day."""

from crm.demo.fill import fill, is_empty
from crm.demo.staff import LOGINS

__all__ = ["LOGINS", "fill", "is_empty"]
