"""What customers criticise, praise and expect, and what is made of it."""
