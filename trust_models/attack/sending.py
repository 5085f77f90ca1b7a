"""The ways in which a statement reaches the server, between what goes before and after it as plain statements."""

import io
from typing import Protocol

import asyncpg

GENERIC_PLAN = 6
"""From the sixth execution on a prepared statement may have a generic plan."""


class Send(Protocol):
    """Sends `first`, the statement, then `last`."""

    async def __call__(self, connection: asyncpg.Connection, text: str, /, *, first: str, last: str) -> None:
        """Raise what the server answers."""


async def execute(connection: asyncpg.Connection, text: str, /, *, first: str, last: str) -> None:
    """Send one statement or several, as a terminal does; all in one message, since a run sends thousands."""
    await connection.execute(f"{first}{text};\n{last}")


async def prepared(connection: asyncpg.Connection, text: str, /, *, first: str, last: str) -> None:
    """Prepare the statement, and run it often enough for a plan that does not look at it anew."""
    await connection.execute(first)
    statement = await connection.prepare(text)
    for _ in range(GENERIC_PLAN):
        await statement.fetch()
    await connection.execute(last)


async def copied_out(connection: asyncpg.Connection, text: str, /, *, first: str, last: str) -> None:
    """Run the statement inside of COPY ... TO STDOUT."""
    await connection.execute(first)
    await connection.copy_from_query(text, output=io.BytesIO())
    await connection.execute(last)


async def copied_in(connection: asyncpg.Connection, text: str, /, *, first: str, last: str) -> None:
    """Send CSV by COPY ... FROM STDIN: the first line is `schema, table, columns`, the rest is the data."""
    head, _, data = text.partition("\n")
    schema, table, *columns = head.split(", ")
    await connection.execute(first)
    await connection.copy_to_table(
        table, schema_name=schema, columns=columns, format="csv", source=io.BytesIO(data.encode())
    )
    await connection.execute(last)
