"""How the headers of a mail are written on the wire."""

from __future__ import annotations

from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.policy import SMTP, Policy

AS_THEY_ARE = ("in-reply-to", "references", "list-unsubscribe")
"""Headers of identifiers and of addresses of pages."""


class AsItIs(UnstructuredHeader, BaseHeader):
    """Programs compare such a header or open it letter by letter, so it is never encoded (RFC 2047, section 5), as the standard library
    does with a word that is longer than a line. It is folded between its words alone; a line may have 998 letters (RFC 5322, 2.1.1)."""

    def fold(self, *, policy: Policy) -> str:
        if not self.isascii():
            return super().fold(policy=policy)
        return f"{self.name}: " + f"{policy.linesep} ".join(self.split()) + policy.linesep


_REGISTRY = HeaderRegistry()
for _name in AS_THEY_ARE:
    _REGISTRY.map_to_type(_name, AsItIs)

WIRE = SMTP.clone(header_factory=_REGISTRY)
"""The policy of every mail that leaves: the headers keep what they are, whoever writes them out."""
