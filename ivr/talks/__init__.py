"""The talk between agent and caller, written down as it goes on, from the sound that Asterisk writes beside it."""
