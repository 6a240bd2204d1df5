"""`moments …`: the operator's commands. Each imports what it needs when it is called."""
