"""What goes out: LL-HLS."""
