"""The middleware: each request in the context of who makes it."""

from collections.abc import Awaitable, Callable, Iterable
from inspect import isawaitable
from typing import Any, TypeAlias

from trust_models.audit.actor import Actor
from trust_models.audit.asgi.addresses import networks
from trust_models.audit.asgi.request import request_of
from trust_models.audit.asgi.scope import App, Message, Scope, Send
from trust_models.audit.context import RequestContext, acting_as

ActorHook: TypeAlias = Callable[[Any], Actor | Awaitable[Actor | None] | None]

_REQUEST_ID = b"x-request-id"
_ANSWERS = {"http.response.start", "websocket.accept", "websocket.http.response.start"}


class TrustMiddleware:
    """Wraps an ASGI application so that each request and each WebSocket acts as whoever makes it.

    `service` names the application in events. `actor` gets the ASGI scope and returns who acts, or None for a visitor
    who has not signed in; it may be async, and what it writes itself is ANONYMOUS. When it raises, the request ends
    with that error and is not served. `trusted_proxies` are the networks (`10.0.0.0/8`) whose X-Forwarded-For counts.

    Everything that the request starts inherits the context: tasks, threads, streamed bodies, background tasks. The
    answer's X-Request-ID is the id in the events. Raises `ValueError` for a network that is none, or a name of a
    service that the log cannot hold.
    """

    def __init__(
        self, app: App, *, service: str, actor: ActorHook | None = None, trusted_proxies: Iterable[str] = ()
    ) -> None:
        RequestContext(service=service)
        self.app = app
        self._service = service
        self._actor = actor
        self._trusted = networks(trusted_proxies)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request, or hand on what is none, such as `lifespan`."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        request = request_of(scope, service=self._service, trusted=self._trusted)
        with acting_as(await self._actor_of(scope, request), request):
            await self.app(scope, receive, _naming(str(request.request_id), send))

    async def _actor_of(self, scope: Scope, request: RequestContext) -> Actor:
        if self._actor is None:
            return Actor.anonymous()
        with acting_as(Actor.anonymous(), request):
            found = self._actor(scope)
            actor = await found if isawaitable(found) else found
        if not isinstance(actor, Actor | None):
            raise TypeError(f"The hook for the actor returns an Actor or None, not {type(actor).__name__}.")
        return actor or Actor.anonymous()


def _naming(request_id: str, send: Send) -> Send:
    """Return `send`, with the request's id in the headers of the answer."""

    async def named(message: Message) -> None:
        if message["type"] in _ANSWERS:
            others = [header for header in message.get("headers") or () if header[0].lower() != _REQUEST_ID]
            message = {**message, "headers": [*others, (_REQUEST_ID, request_id.encode("ascii"))]}
        await send(message)

    return named
