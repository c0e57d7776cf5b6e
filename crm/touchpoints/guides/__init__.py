"""Guides (Leitfäden): the steps that help through a typical conversation. They help and never lock anybody in."""
