"""The node's two HTTP faces: viewers' routes and control routes."""
