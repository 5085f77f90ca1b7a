"""Checks of the server and of the way to it."""

from collections.abc import Iterator
from datetime import timedelta

from trust_models.doctor.finding import Finding, failed, ok, warning
from trust_models.doctor.patient import SERVICE_URL, Patient, Session
from trust_models.enums import Environment

CLOCK_TOLERANCE = timedelta(seconds=2)
CLOCK_LIMIT = timedelta(minutes=1)
OLDEST, NEWEST = 15, 18


def examine_server(patient: Patient) -> Iterator[Finding]:
    """Check version, encryption, time, text and durability."""
    yield _version(patient.service)
    for session in filter(None, (patient.service, patient.migration)):
        yield _encryption(session, patient.environment)
        yield _way(session)
    yield _time_zone(patient.service)
    yield _clock(patient.service)
    yield _text(patient.service)
    yield _durability(patient.service, patient.environment)


def _version(session: Session) -> Finding:
    major, version = session.facts["major"], session.facts["server_version"]
    if OLDEST <= major <= NEWEST:
        return ok("version", f"PostgreSQL {version}")
    return failed(
        "version",
        f"PostgreSQL {version} is not one that this package is tested on.",
        mend=f"Use PostgreSQL {OLDEST} to {NEWEST}.",
    )


def _encryption(session: Session, environment: Environment) -> Finding:
    check = f"TLS of {session.name}"
    if session.facts["tls"]:
        return ok(check, session.facts["tls_version"])
    if session.facts["local"]:
        return ok(check, "none: the connection is a local socket")
    if environment is not Environment.PRODUCTION:
        return ok(check, f"none, which {environment.value} allows")
    return failed(
        check, "The connection is not encrypted.", mend="Add sslmode=verify-full to the URL, and TLS to the server."
    )


def _way(session: Session) -> Finding:
    check = f"way of {session.name}"
    if not session.pooled:
        return ok(check, "to PostgreSQL itself")
    if session.name != SERVICE_URL:
        return failed(
            check,
            "A pooler lies between, which does not keep the lock of a migration.",
            mend="Give it the address of PostgreSQL itself.",
        )
    if session.url.statement_cache_size:
        return warning(
            check,
            "Through a pooler, with prepared statements: one that does not track them runs another client's instead.",
            mend="Remove statement_cache_size from the URL, or see that the pooler tracks them: PgBouncer 1.21 or"
            " newer with max_prepared_statements.",
        )
    return ok(check, "through a pooler, without prepared statements")


def _time_zone(session: Session) -> Finding:
    zone = session.facts["time_zone"]
    if zone in {"UTC", "Etc/UTC"}:
        return ok("time zone", "UTC")
    return failed(
        "time zone",
        f"The time zone of the database is {zone or 'left to the server'}, not UTC.",
        mend="Run `trust-models provision`, or as the owner: "
        f"ALTER DATABASE \"{session.facts['database']}\" SET timezone TO 'UTC'.",
    )


def _clock(session: Session) -> Finding:
    ahead = session.clock_ahead
    seconds = f"{abs(ahead.total_seconds()):.1f} s {'ahead of' if ahead > timedelta() else 'behind'} this machine's"
    mend = "Find out which of the two is wrong, and let it follow a time server (NTP)."
    if abs(ahead) > CLOCK_LIMIT:
        return failed("clock", f"The server's clock is {seconds}; records bear its time.", mend=mend)
    if abs(ahead) > CLOCK_TOLERANCE:
        return warning("clock", f"The server's clock is {seconds}.", mend=mend)
    return ok("clock", f"within {CLOCK_TOLERANCE.seconds} s of this machine's")


def _text(session: Session) -> Finding:
    if session.facts["encoding"] == "UTF8" and session.facts["folds_case"]:
        return ok("text", "UTF8, letters fold beyond ASCII")
    return failed(
        "text",
        "Two spellings of one address can be two users: the database does not fold the case of letters beyond ASCII.",
        mend="Make the database anew with `trust-models provision` (UTF8 and the locale C.UTF-8), and restore into it.",
    )


def _durability(session: Session, environment: Environment) -> Finding:
    if session.facts["durable"] and session.facts["commits_wait"]:
        return ok("durability", "commits wait for the disk")
    say = failed if environment is Environment.PRODUCTION else warning
    if not session.facts["durable"]:
        return say(
            "durability",
            "A crash of the server can lose or corrupt what was acknowledged: fsync or full_page_writes is off.",
            mend="Switch both on in the server's configuration.",
        )
    return say(
        "durability",
        "A crash of the server can lose the last transactions that were acknowledged: synchronous_commit is off.",
        mend="Set synchronous_commit to on.",
    )
