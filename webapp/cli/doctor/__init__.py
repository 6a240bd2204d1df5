"""`moments doctor`: checks everything that Moments needs and says what to fix."""
