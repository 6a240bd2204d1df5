"""What goes out: LL-HLS and WHEP."""
