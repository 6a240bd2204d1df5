"""RTMP push: OBS, ffmpeg and cameras publish streams through one port."""
