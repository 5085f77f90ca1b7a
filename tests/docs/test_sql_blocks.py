"""Every SQL block runs, as a superuser, in a transaction that is rolled back."""

import asyncpg
import pytest

from tests.docs.pages import Page, pages

PLACEHOLDER = "trust_prod"
"""What the pages call the reader's database; here it is the test's."""


@pytest.mark.parametrize("one", [one for one in pages() if one.blocks_of("sql")], ids=str)
async def test_the_sql_of_a_page(one: Page, admin: asyncpg.Connection, database: str) -> None:
    for block in one.blocks_of("sql"):
        transaction = admin.transaction()
        await transaction.start()
        try:
            await admin.execute(block.text.replace(PLACEHOLDER, database))
        finally:
            await transaction.rollback()
