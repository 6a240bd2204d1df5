"""Public pages: server-rendered, cacheable, without a socket; moments, share links, streams."""
