"""RTMP push: OBS, ffmpeg and cameras publish into streams, many at one port."""
