"""The pages: each is a folder with its page class, its state and its parts."""
