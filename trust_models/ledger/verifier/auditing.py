"""A whole verification as a command, a task or a test asks for it: connect, go on from the last one, remember."""

from dataclasses import replace
from pathlib import Path

import asyncpg

from trust_models.errors import DatabaseUnavailable, NotVerified
from trust_models.ledger.verifier import progress_file
from trust_models.ledger.verifier.claims import Claims
from trust_models.ledger.verifier.findings import Report
from trust_models.ledger.verifier.snapshot import opened
from trust_models.ledger.verifier.verification import Told, Verification
from trust_models.settings import DatabaseUrl


async def audit_log(
    url: DatabaseUrl, claims: Claims, *, told: Told, state: Path | None = None, afresh: bool = False
) -> Report:
    """Verify the log of a database, with a file `state` only from where the last verification ended, unless `afresh`.

    The file is written anew when nothing is wrong with what was verified. Raises `DatabaseUnavailable`,
    `ConfigurationError` for a file of something else or one that cannot be written, `NotVerified` when the role may not
    read the ledger or it is not there, and what a place raises that cannot be read.
    """
    if state is not None:
        progress_file.check(state)
    since = progress_file.load(state) if state is not None and not afresh else None
    try:
        async with opened(url) as source:
            verification = Verification(source, replace(claims, since=since), told)
            report = await verification.run()
    except (asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
        raise NotVerified(
            f"The ledger cannot be read: {error.args[0]}.",
            hint="Connect as a login of trust_reader, to a database that is upgraded.",
        ) from error
    except asyncpg.PostgresError as error:
        raise DatabaseUnavailable(f"The database does not answer: {error}") from error
    if state is not None and verification.verified is not None:
        progress_file.save(state, verification.verified)
    return report
