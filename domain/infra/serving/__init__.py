"""Our HTTP server: uvicorn with limits on requests and connections."""
