"""Audit events as CloudEvents 1.0 (https://github.com/cloudevents/spec), in the JSON format.

With its extensions Auth Context, Correlation and, where the trace is known with its parent, Distributed Tracing.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trust_models.audit.mappings.attributes import merged
from trust_models.enums import ActorType

if TYPE_CHECKING:
    from trust_models.audit.recorded import RecordedEvent

_URI_REFERENCE = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
_TYPE_PREFIX = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
# Control characters and those that Unicode says are none; and the percent sign, so that nothing is ambiguous.
_UNFIT = re.compile(
    "[%\x00-\x1f\x7f-\x9f\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
_AUTH_TYPES = {
    ActorType.USER: "app_user",
    ActorType.SERVICE: "service_account",
    ActorType.SYSTEM: "system",
    ActorType.ANONYMOUS: "unauthenticated",
}


def cloudevent(event: "RecordedEvent", source: str, *, type_prefix: str) -> dict[str, Any]:
    """Return the event as a CloudEvent; raise `ValueError` for a source that is no URI, or another prefix."""
    if not _URI_REFERENCE.fullmatch(source):
        raise ValueError("the source of a CloudEvent is a URI")
    if not _TYPE_PREFIX.fullmatch(type_prefix):
        raise ValueError("the prefix of a CloudEvent's type is words, joined by dots")
    return {
        "specversion": "1.0",
        "id": str(event.id),
        "source": source,
        "type": f"{type_prefix}.{event.action}",
        "subject": _attribute(
            event.entity.type if event.entity.id is None else f"{event.entity.type}/{event.entity.id}"
        ),
        "time": event.created_at.isoformat(timespec="microseconds"),
        "datacontenttype": "application/json",
        **_extensions(event),
        "data": event.as_json(),
    }


def data_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a CloudEvent carries; raise `ValueError` when that is no object."""
    data = event.get("data")
    if not isinstance(data, Mapping):
        raise ValueError("the CloudEvent carries no object")  # noqa: TRY004 - of all that is wrong with one
    return data


def _extensions(event: "RecordedEvent") -> dict[str, str]:
    unattributed = event.context.get("unattributed") is True
    trace = event.context_text("trace_id")
    attributes = merged(
        {
            "authtype": "unknown" if unattributed else _AUTH_TYPES[event.actor.type],
            "authid": event.actor.id or None,
            "correlationid": event.context_text("operation_id"),
            "traceparent": trace if trace and _TRACEPARENT.fullmatch(trace) else None,
        }
    )
    return {name: _attribute(value) for name, value in attributes.items()}


def _attribute(text: str) -> str:
    """Return a text as an attribute may hold it: what CloudEvents forbids is percent-encoded, as UTF-8."""
    return _UNFIT.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)
