"""What talks to the outside: database, queue, events, storage, guarded HTTP."""
