"""What every request passes, whichever face answers it: ids, logs, metrics, headers, lifespans.

And what several faces answer with: refusals, and stored files in whole or in part.
"""
