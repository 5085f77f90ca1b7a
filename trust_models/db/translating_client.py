"""The client of Tortoise that the pool and its transactions share: where errors and refusals leave."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from tortoise.backends.asyncpg.client import AsyncpgDBClient

from trust_models.db.denial import Denial
from trust_models.db.denials import Denials
from trust_models.db.spool import AuditSpool
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import TrustError

Row: TypeAlias = dict[str, Any]


class TranslatingClient(AsyncpgDBClient):
    """Tortoise's client for asyncpg, from which every error of the driver leaves as one of the package.

    What the database refused by a rule or for want of a right is noted on the way.
    """

    acquire_timeout: float | None = None
    """Seconds to wait for a connection of the pool, or for one's turn on that of a transaction."""
    denials: Denials
    """Where what was refused goes."""
    spool: AuditSpool | None = None
    """Where events go that the log does not take, if a folder is set."""

    @property
    def always(self) -> Mapping[str, str]:
        """Settings that every transaction carries, whoever acts."""
        return {}

    @property
    def shares_sessions(self) -> bool:
        """Whether a pooler gives each transaction another session."""
        return False

    async def fetch(self, query: str, *arguments: Any) -> list[Row]:
        """Run one statement and return its rows."""
        rows: list[Row] = await self.execute_query_dict(query, list(arguments))
        return rows

    async def _translate_exceptions(self, func: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        try:
            return await func(self, *args, **kwargs)
        except DRIVER_ERRORS as error:
            raise self._translated(error, str(args[0] if args else kwargs.get("query", ""))) from error

    def _translated(self, error: BaseException, statement: str) -> TrustError:
        ours = translate(error)
        if denial := Denial.of(ours, statement):
            self._note(ours, denial)
        return ours

    def _note(self, _error: TrustError, denial: Denial) -> None:
        self.denials.submit(denial)
