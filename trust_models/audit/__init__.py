"""Who did what: the audit event, the context it is made in, and the block that ties it to a change."""

from trust_models.audit.actor import Actor
from trust_models.audit.asgi import ActorHook, TrustMiddleware
from trust_models.audit.block import Audited, audited
from trust_models.audit.context import RequestContext, acting_as, current_actor
from trust_models.audit.entity_state import EntityState
from trust_models.audit.event import AuditEvent, Entity
from trust_models.audit.event_filter import EventFilter
from trust_models.audit.operation import Operation, current_operation
from trust_models.audit.recorded import RecordedEvent
from trust_models.audit.recording import OnAuditFailure
from trust_models.audit.writing import write_many

__all__ = [
    "Actor",
    "ActorHook",
    "AuditEvent",
    "Audited",
    "Entity",
    "EntityState",
    "EventFilter",
    "OnAuditFailure",
    "Operation",
    "RecordedEvent",
    "RequestContext",
    "TrustMiddleware",
    "acting_as",
    "audited",
    "current_actor",
    "current_operation",
    "write_many",
]
