"""Videos: from a file or link to a transcript, found moments and their clips."""
