"""Background work: brokers, jobs by name, the schedule, and the worker."""
