"""Elements that are drawn in the browser: props in, events out."""
