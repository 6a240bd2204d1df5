"""What WebRTC's two directions share: peers, ICE, session descriptions, aiortc's internals."""
