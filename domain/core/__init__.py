"""What everything stands on: ids, time, errors, settings, secrets, log. Imports nothing of ours."""
