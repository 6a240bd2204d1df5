"""Guarded outgoing HTTP: only public addresses, checked when the connection is made."""
