"""What to say and do next. The engine does no I/O: events go in, actions come out."""
