"""Text to understanding. Knows nothing of phones or of flows."""
