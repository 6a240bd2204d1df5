"""Real time to viewers: WHEP. A stream is packetised once; each viewer costs protect and send.

`payloads` cuts access units into RTP payloads, `units` makes complete packets of them and lays them
out for sending, `track` keeps those of the newest GOPs, `path` protects and sends to one viewer,
`viewer` decides what that viewer gets next, `broadcast` feeds all viewers of a stream,
`negotiation` settles codecs with aiortc, and `service` is what HTTP talks to.
"""
