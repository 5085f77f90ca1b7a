"""A service in which every change is audited.

uvicorn --app-dir docs/examples --no-proxy-headers web_service:app
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from trust_models import (
    Actor,
    AuthSessionRepository,
    Database,
    Entity,
    FeatureFlagRepository,
    LabSessionRepository,
    Settings,
    TrustMiddleware,
    audited,
    current_actor,
)
from trust_models.audit.asgi import Scope
from trust_models.enums import ActorType
from trust_models.errors import (
    DatabaseUnavailable,
    IntegrityViolation,
    InvalidValue,
    NotFound,
    PermissionDenied,
    ReferenceBroken,
    Retryable,
    TrustError,
)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with Database(Settings.load()):
        yield


async def bearer(scope: Scope) -> Actor | None:
    headers = dict(scope["headers"])
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    session = await AuthSessionRepository().authenticate(token) if scheme.lower() == "bearer" else None
    return Actor.user(session.user_id) if session else None


def signed_in() -> Actor:
    actor = current_actor()
    if actor.type is not ActorType.USER:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    return actor


SignedIn = Annotated[Actor, Depends(signed_in)]

service = FastAPI(lifespan=lifespan)

STATUS: dict[type[TrustError], int] = {
    NotFound: 404,
    ReferenceBroken: 404,  # an id in the request that is nobody's
    InvalidValue: 422,
    IntegrityViolation: 409,
    PermissionDenied: 403,
    Retryable: 503,
    DatabaseUnavailable: 503,
}


@service.exception_handler(TrustError)
async def refused(_: Request, error: TrustError) -> JSONResponse:
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)
    # What is wrong with the service itself is for its log alone.
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return JSONResponse({"error": "The service cannot do this now."}, status)
    return JSONResponse({"error": error.message, "rule": error.constraint}, status)


@service.post("/labs/{lab_version_id}/sessions", status_code=201)
async def start_session(lab_version_id: UUID, actor: SignedIn) -> dict[str, Any]:
    session = await LabSessionRepository().start(user_id=UUID(actor.id), lab_version_id=lab_version_id)
    return {"id": session.id, "status": session.status}


@service.post("/launches/{name}", dependencies=[Depends(signed_in)])
async def launch(name: str) -> dict[str, Any]:
    async with audited("launch.begin", Entity.named("launch", name)) as operation:
        flag = await FeatureFlagRepository().enable(f"launches.{name}")
        operation.add(flag=flag.key)
    return {"flag": flag.key}


app = TrustMiddleware(service, service="labs-api", actor=bearer, trusted_proxies=["10.0.0.0/8"])
