"""What a moment is, and the rules about it."""
