"""The steps, in the order of their ids."""
