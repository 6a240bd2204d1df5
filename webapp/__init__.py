"""The faces: pages, API, public pages and the command line. Reaches media nodes only over HTTP."""
