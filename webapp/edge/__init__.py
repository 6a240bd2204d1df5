"""What every request passes: ids, logs, metrics, headers, lifespans.

And what several faces share: error responses, and stored files in whole or in part.
"""
