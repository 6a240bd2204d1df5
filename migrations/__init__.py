"""The database's history, one file a step; see README.md."""
