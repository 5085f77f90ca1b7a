"""Audit events in the Open Cybersecurity Schema Framework, version 1.7.0 (https://schema.ocsf.io/1.7.0).

Three classes of its category Identity & Access Management, with the profile Security Control. Not API Activity and not
Datastore Activity: they demand an endpoint that the request came from, which a worker or psql does not have.
"""

from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from trust_models.audit.mappings.attributes import merged
from trust_models.audit.mappings.ocsf_classes import Activity, activity_of
from trust_models.enums import ActorType, Outcome

if TYPE_CHECKING:
    from trust_models.audit.recorded import RecordedEvent

VERSION = "1.7.0"
PRODUCT = "trust_models"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_USER_TYPES = {
    ActorType.USER: (1, "User"),
    ActorType.SERVICE: (4, "Service"),
    ActorType.SYSTEM: (3, "System"),
    ActorType.ANONYMOUS: (99, "Anonymous"),
}
_RESULTS: dict[Outcome, dict[str, int | str]] = {
    Outcome.SUCCESS: {
        "severity_id": 1,
        "severity": "Informational",
        "status_id": 1,
        "status": "Success",
        "action_id": 1,
        "action": "Allowed",
        "disposition_id": 1,
        "disposition": "Allowed",
    },
    Outcome.FAILURE: {
        "severity_id": 2,
        "severity": "Low",
        "status_id": 2,
        "status": "Failure",
        "action_id": 99,
        "action": "Failed",
        "disposition_id": 27,
        "disposition": "Error",
    },
    Outcome.DENIED: {
        "severity_id": 2,
        "severity": "Low",
        "status_id": 2,
        "status": "Failure",
        "action_id": 2,
        "action": "Denied",
        "disposition_id": 2,
        "disposition": "Blocked",
    },
}
_MAPPED = ("client_address", "operation_id", "request_id", "service", "user_agent")
"""What of the context has an attribute of its own."""


def ocsf_event(event: "RecordedEvent") -> dict[str, Any]:
    """Return the event in the class that fits it best."""
    activity = activity_of(event, service=event.context_text("service") or PRODUCT)
    return merged(
        {
            "category_uid": 3,
            "category_name": "Identity & Access Management",
            "class_uid": activity.class_uid,
            "class_name": activity.class_name,
            "activity_id": activity.id,
            "activity_name": activity.name,
            "type_uid": activity.class_uid * 100 + activity.id,
            "type_name": f"{activity.class_name}: {activity.name if activity.id != Activity.OTHER else 'Other'}",
            "time": (event.created_at - _EPOCH) // timedelta(milliseconds=1),
            "message": f"{event.action}: {event.outcome}",
            "status_code": event.reason_code,
            "actor": {"user": _user(event)},
            "src_endpoint": _endpoint(event.context_text("client_address")),
            "http_request": _http_request(event),
            "metadata": _metadata(event),
            "observables": _observables(event),
            "unmapped": _unmapped(event),
        },
        _RESULTS[event.outcome],
        activity.subject,
    )


def _user(event: "RecordedEvent") -> dict[str, Any]:
    type_id, name = _USER_TYPES[event.actor.type]
    # An actor without an id is the only one of its kind.
    return {"type_id": type_id, "type": name, **({"uid": event.actor.id} if event.actor.id else {"name": name.lower()})}


def _endpoint(address: str | None) -> dict[str, str] | None:
    if address is None:
        return None
    return {"ip": address} if _is_ip(address) else {"name": address}


def _http_request(event: "RecordedEvent") -> dict[str, Any] | None:
    said = {"uid": event.context_text("request_id"), "user_agent": event.context_text("user_agent")}
    return merged(said) or None


def _metadata(event: "RecordedEvent") -> dict[str, Any]:
    return merged(
        {
            "version": VERSION,
            "profiles": ["security_control"],
            "product": {"name": PRODUCT, "vendor_name": PRODUCT},
            "uid": str(event.id),
            "correlation_uid": event.context_text("operation_id"),
            "event_code": event.action,
            "log_name": "audit_logs",
            "log_provider": event.context_text("service"),
            "log_version": str(event.schema_version),
            "original_time": event.created_at.isoformat(timespec="microseconds"),
        }
    )


def _observables(event: "RecordedEvent") -> list[dict[str, Any]] | None:
    """Return what an analyst looks for: type ids of OCSF, where it stands, and its value."""
    address, agent = event.context_text("client_address"), event.context_text("user_agent")
    found = [
        (31, "User Object: uid", "actor.user.uid", event.actor.id or None),
        (10, "Resource UID", event.entity.type, event.entity.id),
        (2, "IP Address", "src_endpoint.ip", address if address and _is_ip(address) else None),
        (16, "HTTP User-Agent", "http_request.user_agent", agent),
    ]
    return [
        {"type_id": type_id, "type": kind, "name": name, "value": value}
        for type_id, kind, name, value in found
        if value is not None
    ] or None


def _unmapped(event: "RecordedEvent") -> dict[str, Any]:
    mapped = {key for key in _MAPPED if event.context_text(key) is not None}
    return merged(
        {
            "tx_id": event.tx_id,
            "on_behalf_of": event.actor.on_behalf_of,
            "metadata": event.metadata or None,
            "context": {key: value for key, value in event.context.items() if key not in mapped} or None,
        }
    )


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text
