"""The telephone: the only package that knows the others."""
