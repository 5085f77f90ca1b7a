"""Checks of the schema lock: engaged, by both walls, and nobody who could go around it."""

from trust_models.doctor.finding import Finding, failed, ok, warning
from trust_models.doctor.patient import Patient
from trust_models.enums import Environment
from trust_models.schema.lock.event_triggers import states
from trust_models.schema.lock.weaknesses import weaknesses


async def examine_lock(patient: Patient) -> Finding:
    """Say whether the lock holds; outside production it need not be engaged."""
    reader = patient.reader
    engaged = await reader.fetchrow("SELECT engaged_by, engaged_at FROM trust.schema_lock")
    if engaged is None:
        return _not_engaged(patient.environment)
    triggers = [trigger for trigger in await states(reader) if not trigger.holds]
    broken = [f"The event trigger {one.name} is {one.state}." for one in triggers if one.state != "left out"]
    weak = [*broken, *await weaknesses(reader)]
    since = f"engaged by {engaged['engaged_by']} on {engaged['engaged_at']:%Y-%m-%d}"
    if weak:
        return failed(
            "lock",
            f"The lock, {since}, can be gone around.",
            mend="Mend what is listed; `trust-models lock status` tells more.",
            detail="\n".join(weak),
        )
    if triggers:
        return warning(
            "lock",
            f"It is {since}, by ownership alone: event triggers are missing, which hold a superuser as well.",
            mend="Engage it as a superuser; on a server that gives you none, let the difference be known.",
        )
    return ok("lock", f"{since}, by ownership and event triggers")


def _not_engaged(environment: Environment) -> Finding:
    if environment is Environment.PRODUCTION:
        return warning(
            "lock",
            "The schema is not locked: whoever migrates can change and remove every rule and record.",
            mend="After the release run `trust-models lock engage` as an administrator.",
        )
    return ok("lock", f"not engaged, which {environment.value} does without")
