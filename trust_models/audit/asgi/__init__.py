"""For ASGI services: say for each request who acts and where it came from. It needs no web framework."""

from trust_models.audit.asgi.middleware import ActorHook, TrustMiddleware
from trust_models.audit.asgi.scope import Scope

__all__ = ["ActorHook", "Scope", "TrustMiddleware"]
