"""Every SQL block runs, as a superuser, in a transaction that is rolled back."""

import asyncpg
import pytest

from tests.docs.pages import Page, pages

PLACEHOLDER = "trust_prod"
"""What the pages call the reader's database; here it is the test's."""

BEFORE = {
    "docs/how-to/roles.md": """
        CREATE ROLE lessons_api LOGIN IN ROLE trust_app;
        GRANT CONNECT ON DATABASE trust_prod TO lessons_api"""
}
"""What a reader of the page has done by its commands, which test_provisioning_pages runs."""


@pytest.mark.parametrize("one", [one for one in pages() if one.blocks_of("sql")], ids=str)
async def test_the_sql_of_a_page(one: Page, admin: asyncpg.Connection, database: str) -> None:
    for block in one.blocks_of("sql"):
        transaction = admin.transaction()
        await transaction.start()
        try:
            for text in (BEFORE.get(one.name, "SELECT"), block.text):
                await admin.execute(text.replace(PLACEHOLDER, database))
        finally:
            await transaction.rollback()
