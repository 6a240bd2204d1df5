"""The JSON API: one controller per resource, schemas beside them, one error mapping."""
