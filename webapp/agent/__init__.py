"""`moments agent`: captures what a commit looks like and sends it to a server.

It imports the standard library alone and starts quickly, so it also runs as one file,
`moments-agent.pyz`, on machines that have nothing but Python.
"""

VERSION = "0.1.0"
