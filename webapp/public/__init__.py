"""Public pages: server-rendered, cacheable, without a socket; share links and public streams."""
