"""Running the files that say what is still to be done.

Each file in `sql/provision` is a query. A row is one statement that the server still needs (`statement`), what is to be
said when it ran (`done`) and what follows when it could not (`otherwise`). No row: all is as it should be. A statement
that is NULL is something that nobody can do here.
"""

import asyncpg

from trust_models.provisioning.plan import ESSENTIAL
from trust_models.provisioning.report import Line, Say
from trust_models.sql import load

__all__ = ["Steps"]


class Steps:
    """The files as one connection runs them; `changed` says whether any statement had to be run."""

    def __init__(self, connection: asyncpg.Connection, say: Say) -> None:
        self._connection = connection
        self._say = say
        self.changed = False

    async def run(self, *files: str) -> None:
        """Run what each file in turn says; what is not essential and fails is said, and the rest goes on.

        Raises the driver's error when something essential fails.
        """
        for file in files:
            for row in await self._connection.fetch(load(file)):
                if file in ESSENTIAL:
                    await self._connection.execute(row["statement"])
                    self.done(row["done"])
                elif row["statement"] is None:
                    self._say(Line("not done", row["otherwise"]))
                else:
                    await self._may(row)

    def done(self, text: str | None) -> None:
        """Say what was done; what is only borrowed goes without saying."""
        if text is not None:
            self.changed = True
            self._say(Line("done", text))

    async def attempt(self, statement: str, otherwise: str) -> bool:
        """Run a statement that may fail, in a savepoint; say so when it does, and return whether it ran."""
        try:
            async with self._connection.transaction():
                await self._connection.execute(statement)
        except asyncpg.PostgresError as error:
            self._say(Line("not done", f"{otherwise} ({error.args[0]})"))
            return False
        return True

    async def _may(self, row: asyncpg.Record) -> None:
        if await self.attempt(row["statement"], row["otherwise"]):
            self.done(row["done"])
