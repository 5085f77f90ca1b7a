"""What ASGI hands a program, as far as it is needed here (ASGI 3, HTTP and WebSocket 2)."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[Any], Awaitable[None]]
# Each framework has types of its own for a scope and a message, and no two agree.
App: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]


def header_values(scope: Scope, name: bytes) -> list[str]:
    """Return the values of the header `name`, in lower case, in the order in which they came."""
    return [value.decode("latin-1").strip(" \t") for key, value in scope["headers"] if key.lower() == name]
