"""The faces: pages, API, public pages and the command line. Reaches media nodes over HTTP only."""
