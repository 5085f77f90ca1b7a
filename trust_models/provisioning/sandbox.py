"""A server of one's own with the product on it, complete with its roles: for the demo and for trying things out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.provisioning.plan import DEVELOPMENT
from trust_models.provisioning.provision import Provisioning
from trust_models.schema import migrations
from trust_models.settings import DatabaseUrl, Settings


@dataclass(frozen=True)
class Sandbox:
    """A migrated database for development on an embedded server."""

    admin_url: DatabaseUrl = field(repr=False)
    passwords: dict[str, str] = field(repr=False)
    migrated: list[str]
    version: str

    def url(self, role: str) -> DatabaseUrl:
        """Return the URL by which the login of `role` connects: `trust_dev_app` has the rights of `trust_app`."""
        login = DEVELOPMENT.login(role)
        return self.admin_url.replace(database=DEVELOPMENT.database, user=login, password=self.passwords[login])

    @property
    def settings(self) -> Settings:
        """The settings of a service on it; nothing is read from the environment but what these leave out."""
        return _settings(self.url("trust_app"), self.url("trust_owner"))


@asynccontextmanager
async def sandbox() -> AsyncIterator[Sandbox]:
    """Start a server, provision a database for development, migrate; at the end of the block nothing of it is left."""
    with EmbeddedServer() as server:
        admin_url = DatabaseUrl.parse(server.url())
        provisioning = Provisioning(admin_url, [DEVELOPMENT])
        await provisioning.run()
        ready = Sandbox(admin_url, provisioning.credentials, [], await _version(admin_url))
        ready.migrated.extend(await migrations.upgrade(ready.settings))
        yield ready


async def _version(admin_url: DatabaseUrl) -> str:
    admin = await asyncpg.connect(**admin_url.connect_kwargs())
    try:
        return str(await admin.fetchval("SHOW server_version"))
    finally:
        await admin.close()


def _settings(service: DatabaseUrl, owner: DatabaseUrl) -> Settings:
    return Settings.load(environment="development", database_url=service, migration_database_url=owner)
