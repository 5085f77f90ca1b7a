"""Which trace a request belongs to: that of OpenTelemetry's current span, or of the header (W3C Trace Context)."""

import re
from functools import cache
from types import ModuleType

from trust_models.audit.asgi.scope import Scope, header_values

_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
"""Version, trace id, parent id, flags; only a version after 00 may say more."""


def trace_id(scope: Scope) -> str | None:
    """Return the 32 hexadecimal digits of the trace's id, if the request belongs to one."""
    return _of_current_span() or _of_header(header_values(scope, b"traceparent"))


def _of_header(values: list[str]) -> str | None:
    match = _TRACEPARENT.fullmatch(values[0]) if len(values) == 1 else None
    if match is None or (match[1] == "00" and match[3]):
        return None
    return match[2]


def _of_current_span() -> str | None:
    trace = _opentelemetry()
    if trace is None:
        return None
    span = trace.get_current_span().get_span_context()
    return trace.format_trace_id(span.trace_id) if span.is_valid else None


@cache
def _opentelemetry() -> ModuleType | None:
    """Return OpenTelemetry's API where it is installed, which the extra `otel` does; looked for once."""
    try:
        from opentelemetry import trace  # noqa: PLC0415 - optional
    except ImportError:
        return None
    return trace
