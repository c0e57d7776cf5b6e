"""Chats that were pasted: read into messages of both sides, and kept as a conversation."""
