"""What each commit looked like: comparisons, baselines, decisions, timelines."""
