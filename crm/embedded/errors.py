"""What can go wrong with the embedded servers, said in one sentence."""


class EmbeddedError(Exception):
    """The embedded servers cannot be used; the message says why and what to do."""
