"""Access to the outside world: database, queue, events, storage, guarded HTTP."""
