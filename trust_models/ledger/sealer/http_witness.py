"""Asking a witness over HTTP (c2sp.org/tlog-witness)."""

import asyncio
import re
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple

from trust_models.errors import ConfigurationError, WitnessFailed
from trust_models.ledger.sealer.witnesses import WitnessRequest
from trust_models.ledger.witness import CONFLICT_TYPE, PATH, add_checkpoint, size_of_conflict

_LARGEST_ANSWER = 65_536
_PREFIX = re.compile(
    r"(?P<scheme>https?)://(?P<host>(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d{1,5})?)(?P<path>(?:/[\w.~%-]+)*)/?"
)


class _Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes


class HttpWitness:
    """A witness, by its submission prefix. It remembers which size the witness saw last, or asks it."""

    def __init__(self, url: str, *, timeout: float = 5) -> None:
        """Take the submission prefix, and how many seconds one exchange may take.

        Raises `ConfigurationError` for what is no such URL, or has credentials, a query or a fragment.
        """
        match = _PREFIX.fullmatch(url)
        if match is None:
            raise ConfigurationError("This is no URL of a witness.", hint="Give one like https://witness.example.org/.")
        self._connection = HTTPSConnection if match["scheme"] == "https" else HTTPConnection
        self._host = match["host"]
        self._path = f"{match['path']}/{PATH}"
        self._url = url
        self._timeout = timeout
        self._seen = 0

    def __str__(self) -> str:
        return self._url

    async def __call__(self, request: WitnessRequest) -> str:
        """Return the lines that the witness signed.

        Raises `WitnessFailed`; also when the witness has seen a larger tree than the checkpoint's: then the database
        is behind what was signed before, which has to be looked into.
        """
        answer = await self._submit(request)
        if answer.status == HTTPStatus.CONFLICT and answer.content_type == CONFLICT_TYPE:
            self._seen = size_of_conflict(answer.body)
            if self._seen > request.size:
                raise WitnessFailed(
                    f"The witness has seen a tree of {self._seen} leaves, and the checkpoint has only {request.size}.",
                    hint="The database is an older copy: `trust-models audit verify` says more.",
                )
            answer = await self._submit(request)
        if answer.status != HTTPStatus.OK:
            raise WitnessFailed(f"The witness answered {answer.status}.", hint=_HINTS.get(answer.status))
        self._seen = request.size
        return answer.body.decode()

    async def _submit(self, request: WitnessRequest) -> _Answer:
        proof = await request.prove(self._seen) if 0 < self._seen < request.size else ()
        body = add_checkpoint(request.checkpoint, old_size=self._seen, proof=proof)
        try:
            return await asyncio.to_thread(self._post, body)
        except (OSError, HTTPException) as error:
            raise WitnessFailed(f"The witness cannot be reached: {error}.") from error

    def _post(self, body: bytes) -> _Answer:
        connection = self._connection(self._host, timeout=self._timeout)
        try:
            connection.request("POST", self._path, body)
            response = connection.getresponse()
            content_type = response.getheader("Content-Type", "").partition(";")[0].strip()
            return _Answer(response.status, content_type, response.read(_LARGEST_ANSWER))
        finally:
            connection.close()


_HINTS = {
    HTTPStatus.FORBIDDEN.value: "Tell it the public key of the ledger.",
    HTTPStatus.NOT_FOUND.value: "Have it take the ledger's name and public key, and see to the prefix.",
    HTTPStatus.CONFLICT.value: "It has seen another tree of this size: `trust-models audit verify` says more.",
    HTTPStatus.UNPROCESSABLE_ENTITY.value: "It has seen another history: `trust-models audit verify` says more.",
}
