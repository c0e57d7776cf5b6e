"""Anna, a private person, and Küchenstudio Yıldız, as in the tests of consent, and a mail server of the test's own."""

from tests.consents.conftest import anna, studio
from tests.mail.conftest import post_office, postman

__all__ = ["anna", "post_office", "postman", "studio"]
