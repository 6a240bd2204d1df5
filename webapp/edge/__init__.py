"""What every request passes, whichever face answers it: ids, logs, metrics, headers, lifespans."""
