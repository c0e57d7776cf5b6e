"""Quality of conversation: a small random sample of answers and notes, which a lead rates and gives feedback on."""
