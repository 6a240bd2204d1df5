"""The node's two HTTP listeners: viewer routes and control routes."""
