"""Which class and activity of OCSF an action is."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from trust_models.audit.recorded import RecordedEvent

_ENTITY_ACTIVITIES = {
    1: "Create",
    2: "Read",
    3: "Update",
    4: "Delete",
    8: "Enable",
    9: "Disable",
    11: "Deactivate",
    13: "Resume",
}
_VERBS = {
    **dict.fromkeys(("attach", "connect", "create", "draft", "insert", "inserted"), 1),
    **dict.fromkeys(("link", "open", "register", "start", "subscribe"), 1),
    **dict.fromkeys(("select",), 2),
    **dict.fromkeys(("change_default_branch", "change_email", "change_role", "complete", "downgrade_plan"), 3),
    **dict.fromkeys(("fail", "mark_past_due", "merge", "publish", "record_attempts", "rename", "revise"), 3),
    **dict.fromkeys(("update", "updated", "upgrade_plan", "withdraw"), 3),
    **dict.fromkeys(("delete", "deleted", "disconnect", "truncate", "truncated", "unlink"), 4),
    **dict.fromkeys(("enable",), 8),
    **dict.fromkeys(("disable",), 9),
    **dict.fromkeys(("cancel", "revoke", "revoke_all"), 11),
    **dict.fromkeys(("reactivate",), 13),
}
_ACCOUNT_VERBS = {"register": (1, "Create"), "inserted": (1, "Create"), "deleted": (6, "Delete")}


@dataclass(frozen=True)
class Activity:
    """A class, what was done in its terms, and the attributes that say to what."""

    OTHER: ClassVar[int] = 99

    class_uid: int
    class_name: str
    id: int
    name: str
    subject: dict[str, Any] = field(default_factory=dict)


def activity_of(event: "RecordedEvent", *, service: str) -> Activity:
    """Return the activity of an event: a sign-in or sign-out, the change of an account, else that of an entity."""
    verb = event.action.rpartition(".")[2]
    return _authentication(event, service) or _account_change(event, verb) or _entity_management(event, verb)


def _authentication(event: "RecordedEvent", service: str) -> Activity | None:
    """Return a sign-in or a sign-out; None where the event does not tell whose, which the class demands."""
    where = {"service": {"name": service}}
    user = event.metadata.get("user_id")
    if event.action == "auth_session.open" and isinstance(user, str) and event.entity.id:
        subject = {**where, "user": {"uid": user}, "session": {"uid": event.entity.id}}
        return Activity(3002, "Authentication", 1, "Logon", subject)
    if event.action == "auth_session.revoke_all" and event.entity.id:
        return Activity(3002, "Authentication", 2, "Logoff", {**where, "user": {"uid": event.entity.id}})
    return None


def _account_change(event: "RecordedEvent", verb: str) -> Activity | None:
    if event.entity.type != "user" or not event.entity.id:
        return None
    number, name = _ACCOUNT_VERBS.get(verb, (Activity.OTHER, verb))
    return Activity(3001, "Account Change", number, name, {"user": {"uid": event.entity.id}})


def _entity_management(event: "RecordedEvent", verb: str) -> Activity:
    operation = event.metadata.get("operation")
    refused = operation if event.action == "database.refuse" and isinstance(operation, str) else verb
    number = _VERBS.get(refused, Activity.OTHER)
    name = _ENTITY_ACTIVITIES.get(number, refused)
    kind = event.entity.type
    entity = {"type_id": 99, "type": kind, **({"uid": event.entity.id} if event.entity.id else {"name": kind})}
    return Activity(3004, "Entity Management", number, name, {"entity": entity})
