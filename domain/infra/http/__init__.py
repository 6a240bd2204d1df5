"""Guarded outgoing HTTP: only public addresses, checked when connecting."""
