"""Running the text of a migration: as it is, or, while the schema is locked, by an override for that text."""

from collections.abc import Awaitable, Callable
from typing import Any

from aerich.migrate import Migrate
from aerich.utils import import_py_module
from asyncclick import ClickException
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.exceptions import OperationalError

from trust_models.db.sqlstates import SchemaLockViolation
from trust_models.db.translation import translate

_IS_LOCKED = """
    SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace AS schemas
                   WHERE nspname = 'trust' AND pg_catalog.pg_get_userbyid(nspowner) = 'trust_guard') AS locked
"""
"""Asks for no right, and of no table: the schema may be older than the lock."""


class LockAwareClient(AsyncpgDBClient):
    """Tells a refusal of the schema lock in one message, which Aerich's command line prints without a traceback."""

    async def is_locked(self) -> bool:
        """Whether the schema belongs to the guard."""
        rows = await self.execute_query_dict(_IS_LOCKED)
        return bool(rows[0]["locked"])

    async def run_by_override(self, script: str) -> None:
        """Run the text of a migration through the database's own function, which uses an override up for it.

        Raises `asyncclick.ClickException`, which names the migration and the mend, when no override allows it.
        """
        try:
            await self.execute_query_dict("SELECT trust.run_migration($1)", [script])
        except ClickException as error:
            raise ClickException(_with_name(await name_of(script), error.message)) from error

    async def _translate_exceptions(self, func: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._translate_exceptions(func, *args, **kwargs)
        except OperationalError as error:
            if isinstance(error.__cause__, SchemaLockViolation):
                raise ClickException(str(translate(error.__cause__))) from error
            raise


async def name_of(script: str) -> str | None:
    """Return the file name of the migration with this text, among those that Aerich is at; None for other texts.

    The engine gets to see the text alone, and whoever has to ask for an override needs the name.
    """
    for module in Migrate.get_all_version_modules():
        migration = import_py_module(module)
        if script in {await migration.upgrade(None), await migration.downgrade(None)}:
            return f"{module.name}.py"
    return None


def _with_name(migration: str | None, message: str) -> str:
    if migration is None:
        return message
    return f"{migration} was not applied. " + message.replace(
        "`trust-models lock request`", f"`trust-models lock request {migration} --reason '...'`"
    )
