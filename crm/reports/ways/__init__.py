"""Ways of answering compared by what customers said: automatic, from a text block, written freely. Per way, never per person."""
