"""How each language is heard and spoken."""
