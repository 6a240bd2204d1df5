"""What providers say of their items: asked by jobs, never on a page's way."""
