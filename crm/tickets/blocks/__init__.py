"""Text blocks: what is written again and again in answers, with placeholders."""
