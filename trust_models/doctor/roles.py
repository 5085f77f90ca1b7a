"""Checks of who may do what."""

from collections.abc import AsyncIterator

from trust_models.doctor.finding import Finding, failed, ok, warning
from trust_models.doctor.patient import Patient, Session
from trust_models.models import APPEND_ONLY_TABLES
from trust_models.provisioning.plan import ROLES
from trust_models.sql import load

SERVICE, OWNER = "trust_app", "trust_owner"
PROVISION = "Run `trust-models provision`."


async def examine_roles(patient: Patient) -> AsyncIterator[Finding]:
    """Check the roles of the product, and those that the settings connect as."""
    yield await _roles(patient)
    yield _service(patient.service)
    yield await _service_rights(patient.service)
    yield _surroundings(patient.service)
    if patient.migration is not None:
        yield _migration(patient.migration)


async def _roles(patient: Patient) -> Finding:
    problems = await patient.reader.fetch(load("queries/doctor_roles.sql"), list(ROLES))
    if not problems:
        return ok("roles", "all there, none with more than it must have")
    lines = "\n".join(row["problem"] for row in problems)
    return failed(
        "roles", f"The product's roles are not as they must be ({len(problems)}).", mend=PROVISION, detail=lines
    )


def _service(session: Session) -> Finding:
    """A service is a login of trust_app and of nothing else."""
    login, groups = session.facts["login"], set(session.facts["member_of"])
    mend = f"Connect as a login of {SERVICE} alone; `trust-models provision` makes one."
    if session.facts["superuser"] or session.facts["privileged"]:
        return failed(
            "service role", f"DATABASE_URL connects as {login}, which has an administrator's rights.", mend=mend
        )
    if more := sorted(groups - {SERVICE}):
        return failed("service role", f"{login} is also a member of {', '.join(more)}.", mend=mend)
    if groups != {SERVICE} and login != SERVICE:
        return failed("service role", f"{login} is no member of {SERVICE}.", mend=mend)
    return ok("service role", f"{login}, a service and nothing more")


async def _service_rights(session: Session) -> Finding:
    rows = await session.connection.fetch(load("queries/doctor_rights.sql"), list(APPEND_ONLY_TABLES))
    if not rows:
        return ok("service rights", "none to change or to empty an append-only table")
    return failed(
        "service rights",
        f"The service has rights on append-only tables that it must not have ({len(rows)}).",
        mend="Revoke them; `trust-models drift` shows by which grant they come.",
        detail="\n".join(f"{row['relation']}: {row['rights']}" for row in rows),
    )


def _surroundings(session: Session) -> Finding:
    """What would let a service put something of its own in the way of a name."""
    facts = session.facts
    if facts["may_make_temporary_tables"] or facts["may_create_in_public"]:
        what = "temporary tables" if facts["may_make_temporary_tables"] else "objects in the schema public"
        return failed(
            "service surroundings",
            f"The service may make {what}, which can hide or stand in for the tables of others on a pooled connection.",
            mend=PROVISION,
        )
    if facts["may_run_code"]:
        return warning(
            "service surroundings",
            "The service may run blocks of code (DO), in which the refusal of a statement can be swallowed.",
            mend="Run `trust-models provision` as a superuser: it revokes the language plpgsql from PUBLIC.",
        )
    return ok("service surroundings", "no temporary tables, no objects and no code of its own")


def _migration(session: Session) -> Finding:
    login = session.facts["login"]
    if session.facts["superuser"] or session.facts["privileged"]:
        return failed(
            "migration role",
            f"MIGRATION_DATABASE_URL connects as {login}, which has an administrator's rights.",
            mend=f"Connect as a login of {OWNER}; `trust-models provision` makes one.",
        )
    return ok("migration role", login)
