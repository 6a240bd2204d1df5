"""What tests and benchmarks share: the whole product as its user starts it, and clients of it."""
