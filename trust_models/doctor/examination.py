"""The whole examination."""

from trust_models.doctor.finding import Finding
from trust_models.doctor.patient import Unreachable, opened
from trust_models.doctor.roles import examine_roles
from trust_models.doctor.schema import examine_schema
from trust_models.doctor.server import examine_server
from trust_models.doctor.upkeep import examine_upkeep
from trust_models.settings import Settings


async def examine(settings: Settings) -> list[Finding]:
    """Check everything, changing nothing, and return what was found in the order in which to mend it.

    Connects with DATABASE_URL and, where it is set, MIGRATION_DATABASE_URL. A database that cannot be reached is
    a finding, too.
    """
    try:
        async with opened(settings) as patient:
            findings = list(examine_server(patient))
            for part in (examine_roles, examine_schema, examine_upkeep):
                findings += [finding async for finding in part(patient)]
            return findings
    except Unreachable as unreachable:
        return [unreachable.finding]
