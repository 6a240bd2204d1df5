"""What comes in: pulled sources and the demo source, each in a thread of its own."""
