"""Work in the background: brokers, what is done by name, when it is due, and who does it."""
