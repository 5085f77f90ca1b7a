"""What a request says of itself, as far as the log takes it."""

import re
from collections.abc import Sequence
from uuid import uuid4

from trust_models.audit.asgi.addresses import Network, client_address
from trust_models.audit.asgi.scope import Scope, header_values
from trust_models.audit.asgi.tracing import trace_id
from trust_models.audit.context import MAX_CONTEXT_LENGTH, RequestContext

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:/+=@-]{0,127}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def request_of(scope: Scope, *, service: str, trusted: Sequence[Network]) -> RequestContext:
    """Return the context of a request: always one, whatever its headers hold."""
    return RequestContext(
        request_id=request_id(scope),
        trace_id=trace_id(scope),
        client_address=_clean(client_address(scope, trusted)),
        user_agent=_clean(" ".join(header_values(scope, b"user-agent"))),
        service=service,
    )


def request_id(scope: Scope) -> str:
    """Return X-Request-ID if there is one, well-formed and only once; else a new UUID.

    Well-formed are 1 to 128 letters, digits and `._~:/+=@-`, a letter or a digit first.
    """
    given = header_values(scope, b"x-request-id")
    return given[0] if len(given) == 1 and _REQUEST_ID.fullmatch(given[0]) else str(uuid4())


def _clean(text: str | None) -> str | None:
    """Return a client's text without control characters, and cut, with an ellipsis, to what the log takes."""
    kept = _CONTROL.sub("", text or "")
    return (kept if len(kept) <= MAX_CONTEXT_LENGTH else f"{kept[: MAX_CONTEXT_LENGTH - 1]}…") or None
