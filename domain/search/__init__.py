"""Search of everything, by meaning and by words."""
