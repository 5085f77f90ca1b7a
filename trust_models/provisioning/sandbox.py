"""A server of one's own with the product on it, complete with its roles: for the demo and for trying things out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.provisioning.roles import create_roles, give_passwords
from trust_models.schema import migrations
from trust_models.settings import DatabaseUrl, Settings

DATABASE = "trust_dev"


@dataclass(frozen=True)
class Sandbox:
    """A migrated database on an embedded server."""

    admin_url: DatabaseUrl = field(repr=False)
    passwords: dict[str, str] = field(repr=False)
    migrated: list[str]
    version: str

    def url(self, role: str) -> DatabaseUrl:
        """Return the URL by which `role` connects."""
        return self.admin_url.replace(database=DATABASE, user=role, password=self.passwords[role])

    @property
    def settings(self) -> Settings:
        """The settings of a service on it; nothing is read from the environment but what these leave out."""
        return _settings(self.url("trust_app"), self.url("trust_owner"))


@asynccontextmanager
async def sandbox() -> AsyncIterator[Sandbox]:
    """Start a server, make roles and a database, migrate; at the end of the block nothing of it is left."""
    with EmbeddedServer() as server:
        admin_url = DatabaseUrl.parse(server.url())
        admin = await asyncpg.connect(**admin_url.connect_kwargs())
        try:
            await create_roles(admin)
            passwords = dict(await give_passwords(admin))
            await admin.execute(f"CREATE DATABASE {DATABASE} OWNER trust_owner")
            version = str(await admin.fetchval("SHOW server_version"))
        finally:
            await admin.close()
        ready = Sandbox(admin_url, passwords, [], version)
        ready.migrated.extend(await migrations.upgrade(ready.settings))
        yield ready


def _settings(service: DatabaseUrl, owner: DatabaseUrl) -> Settings:
    return Settings.load(environment="development", database_url=service, migration_database_url=owner)
