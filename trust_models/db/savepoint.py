"""A transaction inside of another, as Tortoise sees it."""

from types import TracebackType
from typing import TYPE_CHECKING

from tortoise.backends.base.client import TransactionContext
from tortoise.connection import ConnectionToken, get_connections

from trust_models.db.uncut import uncut

if TYPE_CHECKING:
    from trust_models.db.transaction import Transaction


class SavepointScope(TransactionContext):
    """`async with` inside a transaction: a savepoint, released or rolled back at the end."""

    client: "Transaction"
    _token: ConnectionToken

    def __init__(self, outer: "Transaction") -> None:
        self._outer = outer
        self._turn = outer.acquire_connection()

    async def __aenter__(self) -> "Transaction":
        await self._turn.__aenter__()
        self.client = self._outer.inner()
        try:
            await uncut(self.client.savepoint())
        except BaseException:
            await uncut(self.client.forget_savepoint())
            await self._turn.__aexit__(None, None, None)
            raise
        self._token = get_connections().set(self.client.connection_name, self.client)
        return self.client

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        client = self.client
        try:
            if not client.closed:
                await uncut(client.release_savepoint() if error is None else client.savepoint_rollback())
        except BaseException as failure:
            error = failure
            raise
        finally:
            client.settle(error)
            await self._turn.__aexit__(None, None, None)
            get_connections().reset(self._token)
