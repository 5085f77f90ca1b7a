"""The product's roles on a server."""

import secrets
from collections.abc import Mapping

import asyncpg

from trust_models.sql import load

ROLES = (
    "trust_owner",
    "trust_guard",
    "trust_approver",
    "trust_app",
    "trust_reader",
    "trust_archiver",
)
"""Who migrates; who owns what is locked; who approves overrides; services; auditors; retention."""

LOGINS = ("trust_owner", "trust_app", "trust_reader", "trust_archiver")


async def create_roles(admin: asyncpg.Connection) -> None:
    """Make the roles that the server lacks, none of them with a login. Two at once are safe."""
    await admin.execute(load("provision/roles.sql"))


async def give_passwords(admin: asyncpg.Connection) -> Mapping[str, str]:
    """Let the roles that log in do so, each with a new random password, and return the passwords by role."""
    passwords = {role: secrets.token_urlsafe(24) for role in LOGINS}
    for role, password in passwords.items():
        # Made of letters, digits, "-" and "_": nothing in it needs quoting.
        await admin.execute(f"ALTER ROLE {role} LOGIN PASSWORD '{password}'")
    return passwords
