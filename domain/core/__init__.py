"""The foundation: ids, time, errors, settings, secrets, log. Imports nothing of ours."""
