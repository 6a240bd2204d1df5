"""What the bar above every page has: search, what runs, what happened."""
