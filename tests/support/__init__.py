"""Shared by tests and benchmarks: the whole product as its user starts it, and its clients."""
