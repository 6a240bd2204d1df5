"""Collections: moments in an order, to play one after another."""
