"""Input: pulled sources and the demo, a thread each; publishers by WHIP and RTMP."""
