"""yt-dlp for sites that the operator allows, in a guarded child process."""
