"""The few elements of our own that pages are made of."""
