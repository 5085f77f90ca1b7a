"""The stream of `COPY … TO STDOUT (FORMAT binary)`: a header, events in their canonical bytes, a trailer."""

from trust_models.errors import InvalidEventBytes
from trust_models.ledger.canonical import whole_events

COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
"""What the stream begins with: the signature, no flags, no extension (PostgreSQL's documentation of COPY)."""

COPY_TRAILER = b"\xff\xff"


class CopyStream:
    """Takes the stream in pieces of any length, and gives back whole events."""

    def __init__(self) -> None:
        self._rest = b""
        self._began = False
        self._ended = False

    def feed(self, piece: bytes) -> bytes:
        """Return the events that are whole with this piece, one behind the other, for `split` or `leaf_hashes`.

        Raises `InvalidEventBytes` for what is no such stream of events.
        """
        data = self._rest + piece
        if not self._began:
            if len(data) < len(COPY_HEADER):
                self._rest = data
                return b""
            if not data.startswith(COPY_HEADER):
                raise InvalidEventBytes("The stream does not begin as one of COPY in binary form.")
            self._began = True
            data = data[len(COPY_HEADER) :]
        return self._events(data)

    def finish(self) -> None:
        """Say that there are no more pieces; raise `InvalidEventBytes` if the stream was cut."""
        if not self._ended:
            raise InvalidEventBytes("The stream was cut: its end is missing.")

    def _events(self, data: bytes) -> bytes:
        if self._ended and data:
            raise InvalidEventBytes("The stream goes on behind its end.")
        # The trailer may stand only where an event would begin; inside one, the same bytes are a part of it.
        if data.endswith(COPY_TRAILER) and whole_events(data[: -len(COPY_TRAILER)]) == len(data) - len(COPY_TRAILER):
            self._ended = True
            self._rest = b""
            return data[: -len(COPY_TRAILER)]
        end = 0 if COPY_TRAILER.startswith(data) else whole_events(data)
        self._rest = data[end:]
        return data[:end]
