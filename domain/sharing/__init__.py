"""Share links, and the one public view of anything."""
