"""The middleware in FastAPI, Starlette and Litestar: each event says who made the request, and which one it was."""

import asyncio
from typing import Any

import pytest
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response

from tests.fixtures.cluster import Cluster
from tests.fixtures.trail import OPERATOR, REQUEST, Trail
from tests.fixtures.web import MIDDLEWARE, SERVICES, client, enable, in_starlette, starlette_routes, visitor
from tests.fixtures.wire import wired
from trust_models import Actor, TrustMiddleware, acting_as, current_actor
from trust_models.enums import ActorType
from trust_models.errors import ActorRequired
from trust_models.models import AuditLog

TRACE = "0af7651916cd43dd8448eb211c80319c"

trail = Trail()


def identity(event: AuditLog) -> tuple[str | None, object]:
    return event.actor_id, event.context["request_id"]


# In each framework


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("service", SERVICES)
async def test_requests_at_once_keep_to_themselves(service: str) -> None:
    async with client(SERVICES[service]()) as browser:

        async def ask(number: int) -> tuple[str, str]:
            headers = {"X-User": f"user-{number}", "X-Request-ID": f"r-{number}"}
            answer = await browser.post(f"/enable/labs.n{number}", headers=headers)
            assert answer.is_success
            return f"user-{number}", answer.headers["x-request-id"]

        asked = await asyncio.gather(*map(ask, range(20)))
    assert sorted(map(identity, await trail.events(action="feature_flag.enable"))) == sorted(asked)
    assert {request for _, request in asked} == {f"r-{number}" for number in range(20)}


@pytest.mark.parametrize("service", SERVICES)
async def test_an_endpoint_in_a_thread_knows_who_asks(service: str) -> None:
    async with client(SERVICES[service]()) as browser:
        answers = await asyncio.gather(*(browser.get("/who", headers={"X-User": f"u{n}"}) for n in range(20)))
    assert [answer.json() for answer in answers] == [{"who": f"u{number}"} for number in range(20)]


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("service", SERVICES)
async def test_an_event_has_the_whole_context(service: str) -> None:
    headers = {
        "User-Agent": "curl/8",
        "X-Forwarded-For": "198.51.100.1, 203.0.113.9",
        "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
    }
    async with client(SERVICES[service]()) as browser:
        answer = await browser.post("/enable/labs.any", headers=headers)
    event = await trail.event(action="feature_flag.enable")
    assert (event.actor_type, event.actor_id) == (ActorType.ANONYMOUS, None)
    assert (
        event.context.items()
        >= {
            "request_id": answer.headers["x-request-id"],
            "trace_id": TRACE,
            "client_address": "203.0.113.9",
            "user_agent": "curl/8",
            "service": "labs",
        }.items()
    )


# What outlives the answer


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("path", ["stream", "later"])
async def test_streamed_bodies_and_background_tasks_keep_the_context(path: str) -> None:
    async with client(in_starlette()) as browser:
        answer = await browser.post(f"/{path}/labs.any", headers={"X-User": "ada", "X-Request-ID": "r-1"})
    assert answer.is_success
    events = await trail.events(action="feature_flag.enable")
    assert {identity(event) for event in events} == {("ada", "r-1")}
    assert len(events) == (2 if path == "stream" else 1)


async def passing(request: Request, go_on: RequestResponseEndpoint) -> Response:
    return await go_on(request)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("first", [TrustMiddleware, BaseHTTPMiddleware])
async def test_a_middleware_that_starts_tasks_may_stand_on_either_side(first: type) -> None:
    app: Any = starlette_routes()
    ours, theirs = {"actor": visitor, **MIDDLEWARE}, {"dispatch": passing}
    for kind in (
        (TrustMiddleware, BaseHTTPMiddleware) if first is TrustMiddleware else (BaseHTTPMiddleware, TrustMiddleware)
    ):
        app.add_middleware(kind, **(ours if kind is TrustMiddleware else theirs))
    async with client(app) as browser:
        for path in ("enable", "stream", "later"):
            await browser.post(f"/{path}/labs.{path}", headers={"X-User": "ada", "X-Request-ID": path})
    events = await trail.events(action="feature_flag.enable")
    assert [identity(event) for event in events] == [("ada", name) for name in ("enable", "stream", "stream", "later")]


async def test_without_a_hook_everybody_is_anonymous() -> None:
    async with client(TrustMiddleware(starlette_routes(), **MIDDLEWARE)) as browser:
        answer = await browser.get("/who", headers={"X-User": "ada"})
    assert answer.json() == {"who": None}


async def test_nothing_is_left_after_a_request() -> None:
    async with client(in_starlette()) as browser:
        await browser.get("/who", headers={"X-User": "ada"})
    with pytest.raises(ActorRequired):
        current_actor()


# The hook


class BrokenHookError(Exception):
    """Whatever may happen to a hook."""


def broken(_: Any) -> Actor | None:
    raise BrokenHookError


async def broken_later(_: Any) -> Actor | None:
    raise BrokenHookError


@pytest.mark.parametrize("hook", [broken, broken_later, lambda _: "ada"])
async def test_a_request_is_not_served_when_nobody_knows_for_whom(hook: Any) -> None:
    served: list[object] = []

    async def app(*_: object) -> None:
        served.append(current_actor())

    async with client(TrustMiddleware(app, actor=hook, **MIDDLEWARE)) as browser:
        with pytest.raises((BrokenHookError, TypeError)):
            await browser.get("/who", headers={"X-User": "ada"})
    assert served == []


@pytest.mark.usefixtures("db")
async def test_what_the_hook_writes_is_anonymous_and_of_the_request() -> None:
    async def hook(_: Any) -> Actor:
        await enable("labs.asked")
        return Actor.user("ada")

    async with client(TrustMiddleware(starlette_routes(), actor=hook, **MIDDLEWARE)) as browser:
        with acting_as(OPERATOR):
            await browser.post("/enable/labs.any", headers={"X-Request-ID": "r-1"})
    first, second = await trail.events(action="feature_flag.enable")
    assert (identity(first), identity(second)) == ((None, "r-1"), ("ada", "r-1"))


# ASGI


async def answers(app: Any, scope: dict[str, Any]) -> list[dict[str, Any]]:
    """What an application sends."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": f"{scope['type']}.startup"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


@pytest.mark.parametrize("kind", ["websocket.accept", "websocket.http.response.start"])
async def test_a_websocket_acts_as_whoever_opened_it(kind: str) -> None:
    actors: list[Actor] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        actors.append(current_actor())
        await send({"type": kind, "headers": [(b"X-Request-ID", b"other"), (b"a", b"b")]})
        await send({"type": "websocket.send", "text": "x-request-id"})

    scope = {"type": "websocket", "headers": [(b"x-user", b"ada"), (b"x-request-id", b"r-1")], "client": None}
    first, second = await answers(TrustMiddleware(app, actor=visitor, **MIDDLEWARE), scope)
    assert actors == [Actor.user("ada")]
    assert first == {"type": kind, "headers": [(b"a", b"b"), (b"x-request-id", b"r-1")]}
    assert second == {"type": "websocket.send", "text": "x-request-id"}


async def test_anything_else_passes_untouched() -> None:
    async def app(_: Any, receive: Any, send: Any) -> None:
        with pytest.raises(ActorRequired):
            current_actor()
        await send(await receive())

    assert await answers(TrustMiddleware(app, actor=broken, **MIDDLEWARE), {"type": "lifespan"}) == [
        {"type": "lifespan.startup"}
    ]


# What it costs


async def test_it_adds_no_round_trip(cluster: Cluster, database: str) -> None:
    async with wired(cluster, database) as wire, client(in_starlette()) as browser:
        with acting_as(OPERATOR, REQUEST):
            await enable("labs.any")
            with wire.recording() as alone:
                await enable("labs.any")
        with wire.recording() as behind:
            await browser.post("/enable/labs.any", headers={"X-User": "ada"})
    assert behind.round_trips == alone.round_trips
