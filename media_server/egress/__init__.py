"""Output to viewers: LL-HLS and WHEP."""
