"""Who did what: the audit event, the context it is made in, and the block that ties it to a change."""

from trust_models.audit.actor import Actor
from trust_models.audit.context import RequestContext, acting_as, current_actor
from trust_models.audit.event import AuditEvent, Entity
from trust_models.audit.operation import Operation, audited, write_many

__all__ = [
    "Actor",
    "AuditEvent",
    "Entity",
    "Operation",
    "RequestContext",
    "acting_as",
    "audited",
    "current_actor",
    "write_many",
]
