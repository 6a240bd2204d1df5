"""Work on media files in a process of its own, so that a hostile file harms nothing else."""
