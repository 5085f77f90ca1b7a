"""Each path can come out as open: on a database without guards nearly every one does, so a refusal is no accident."""

from collections import defaultdict

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.sieges import of, siege
from trust_models.attack.company import Logins
from trust_models.attack.outcome import Verdict
from trust_models.attack.path import Family
from trust_models.attack.run import Result

HARMLESS = {
    "call a function of the owner's with hostile arguments": "the package's own functions take none for SQL",
    "call a function with another's rights that the package does not have": "there is none; see test_sabotage.py",
    "a foreign key that already cascades": "none does; see test_sabotage.py",
    "a table of evidence that is gone": "none is; see test_sabotage.py",
    "let the foreign key wait, and delete the parent": "PostgreSQL checks a new foreign key in the end",
    "a guard that is missing, silent or not ours": "all are there; see test_sabotage.py",
    "insert an exact duplicate": "the primary key stands",
    "disable the triggers in the catalogue": "they are silent already",
    "a now() of one's own": "nothing calls it; test_sabotage.py shows one that does",
    "a clock_timestamp() of one's own": "nothing calls it; test_sabotage.py shows one that does",
    "a sha256() of one's own": "nothing calls it; test_sabotage.py shows one that does",
    "a nextval() of one's own": "a default has its function for good",
    "update what the schema trust decides from": "the tables of the lock refuse all but its own functions",
    "delete what the schema trust decides from": "the tables of the lock refuse all but its own functions",
    "truncate what the schema trust decides from": "the tables of the lock refuse all but its own functions",
}
"""What does not get through even so, with the reason."""


INSTEAD_OF_TRIGGERS = """
    ALTER TABLE lesson_versions ALTER version SET DEFAULT floor(random() * 1e9),
      ALTER content_sha256 SET DEFAULT repeat('a', 64);
    ALTER TABLE lab_versions ALTER version SET DEFAULT floor(random() * 1e9),
      ALTER config_sha256 SET DEFAULT repeat('a', 64);
    ALTER TABLE verification_attempts ALTER attempt SET DEFAULT floor(random() * 1e9);
    ALTER TABLE proof_artifacts ALTER created_at SET DEFAULT now();
    ALTER TABLE lab_sessions DROP CONSTRAINT lab_sessions_status_completed_at_ck;
"""
"""What lets records be written that the triggers would have completed."""


@pytest.fixture(scope="module")
async def undefended(cluster: Cluster) -> Result:
    """What a superuser achieves with every trigger silent, those of foreign keys among them."""
    async with cluster.clone() as name:
        admin = await asyncpg.connect(**cluster.url("admin", name).connect_kwargs())
        for table in await admin.fetch(
            "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p')"
            " AND relnamespace IN ('public'::regnamespace, 'trust'::regnamespace)"
        ):
            await admin.execute(f"ALTER TABLE {table['name']} DISABLE TRIGGER ALL")
        await admin.execute(INSTEAD_OF_TRIGGERS)
        await admin.close()
        # Its own login alone: whatever it is allowed counts as a breach by a service.
        guards = [one for one in Family if one is not Family.TRIGGERS]
        return await siege(Logins(service=cluster.url("admin", name)), of(*guards))


@pytest.fixture(scope="module")
async def guarded(cluster: Cluster) -> Result:
    """What a superuser achieves against the guards themselves, where they stand."""
    async with cluster.clone() as name:
        return await siege(Logins(service=cluster.url("admin", name)), of(Family.TRIGGERS))


def test_nothing_is_wrong_with_the_statements(undefended: Result, guarded: Result) -> None:
    assert [one for one in (*undefended.outcomes, *guarded.outcomes) if one.finding.verdict is Verdict.ERROR] == []


@pytest.mark.parametrize("family", Family)
def test_nearly_every_path_is_open(undefended: Result, guarded: Result, family: Family) -> None:
    verdicts: dict[str, set[Verdict]] = defaultdict(set)
    for one in (*undefended.outcomes, *guarded.outcomes):
        if one.path.family is family:
            verdicts[one.path.name].add(one.finding.verdict)
    closed = {name for name, found in verdicts.items() if not found & {Verdict.OPEN, Verdict.DETECTED}}
    assert closed - HARMLESS.keys() == set()
    assert len(verdicts) > len(closed)


def test_it_is_undone_even_so(undefended: Result, guarded: Result) -> None:
    assert [*undefended.damage, *guarded.damage] == []
