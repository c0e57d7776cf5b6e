"""Erasure (GDPR Art. 17): preview, duties that keep, two people, execution in the background, certificate, replay."""
