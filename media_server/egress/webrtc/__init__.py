"""Low-latency playback: WHEP. A stream is packetised once; each viewer costs protect and send.

`payloads` cuts access units into RTP payloads, `units` builds complete packets and lays them out
for sending, `track` keeps those of the newest GOPs, `transport` protects and sends to one viewer,
`viewer` decides what that viewer gets next, `broadcast` feeds all viewers of a stream,
`negotiation` settles codecs with aiortc, and `service` is the entry point for HTTP.
"""
