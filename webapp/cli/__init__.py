"""`moments …`: what an operator types. Each command imports what it needs when it is called."""
