"""AES-128 segments of HLS (RFC 8216, section 4.3.2.4): CBC with PKCS#7 padding."""

from Crypto.Cipher import AES

from media_server.ingest.byte_reader import ByteReader

_BLOCK = 16


class DecryptingReader:
    """Decrypts another reader's bytes."""

    def __init__(self, inner: ByteReader, key: bytes, iv: bytes) -> None:
        self._inner = inner
        self._cipher = AES.new(key, AES.MODE_CBC, iv)
        self._encrypted = b""
        self._plain = b""  # hold the newest block back: it may be the padding
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes; empty at the end."""
        while not self._ended and len(self._plain) <= _BLOCK:
            self._fill(max(size, 4096))
        ready = len(self._plain) if self._ended else len(self._plain) - _BLOCK
        count = ready if size < 0 else min(size, ready)
        out, self._plain = self._plain[:count], self._plain[count:]
        return out

    def close(self) -> None:
        """Close the underlying reader."""
        self._inner.close()

    def _fill(self, size: int) -> None:
        more = self._inner.read(size)
        self._encrypted += more
        whole = len(self._encrypted) // _BLOCK * _BLOCK
        self._plain += self._cipher.decrypt(self._encrypted[:whole])
        self._encrypted = self._encrypted[whole:]
        if not more:
            self._ended = True
            padding = self._plain[-1] if self._plain else 0
            if 0 < padding <= _BLOCK:
                self._plain = self._plain[:-padding]
