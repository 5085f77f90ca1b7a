"""A run that is to go through a pooler does, and in any other nobody takes PostgreSQL for one."""

import os

from trust_models import Database
from trust_models.db.database import current_client
from trust_models.db.pooler import is_pooled


async def test_services_go_the_way_that_the_run_names(db: Database) -> None:  # noqa: ARG001 - it is open
    async with current_client().acquire_connection() as connection:
        assert await is_pooled(connection) is bool(os.environ.get("TRUST_TEST_POOLER"))
