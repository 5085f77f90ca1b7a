"""What has drifted from the plan is mended, and said."""

import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.provisioned import provision, state, two_places
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.provisioning.plan import LOGIN_ROLES, Place
from trust_models.schema.migrations import upgrade
from trust_models.settings import DatabaseUrl

Places = tuple[Place, Place]

DRIFTS = {
    "ALTER ROLE {app} SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS": (
        "changed {app}: NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    ),
    "ALTER ROLE {app} NOINHERIT": "changed {app}: INHERIT",
    "ALTER ROLE {app} NOLOGIN": "changed {app}: LOGIN",
    "ALTER ROLE trust_app LOGIN": "changed trust_app: NOLOGIN",
    "ALTER ROLE trust_app CREATEROLE": "changed trust_app: NOCREATEROLE",
    "GRANT trust_owner TO {app}": "took trust_owner from {app}",
    "GRANT pg_read_all_data TO trust_app": "took pg_read_all_data from trust_app",
    "GRANT trust_app TO {app} WITH ADMIN OPTION": "{app} may no longer grant trust_app",
    "REVOKE trust_app FROM {app}": "made {app} a member of trust_app",
    "GRANT trust_guard TO {owner}": "took trust_guard from {owner}",
    "GRANT {owner} TO {app}": "took {owner} from {app}",
    "GRANT CONNECT ON DATABASE {db} TO PUBLIC": "took CONNECT on {db} from PUBLIC",
    "GRANT TEMPORARY ON DATABASE {db} TO {app}": "took TEMPORARY on {db} from {app}",
    "GRANT CREATE ON DATABASE {db} TO {reader}": "took CREATE on {db} from {reader}",
    "GRANT CONNECT ON DATABASE {db} TO trust_app": "took CONNECT on {db} from trust_app",
    "GRANT CONNECT ON DATABASE {db} TO {stranger}": "took CONNECT on {db} from {stranger}",
    "REVOKE CONNECT ON DATABASE {db} FROM {app}": "let {app} connect to {db}",
    "ALTER DATABASE {db} SET timezone TO 'Asia/Tokyo'": "set the time zone of {db} to UTC",
    "ALTER DATABASE {db} RESET timezone": "set the time zone of {db} to UTC",
    "ALTER DATABASE {db} OWNER TO trust_owner": "made {owner} the owner of {db}",
    "GRANT CREATE ON SCHEMA public TO PUBLIC": "took CREATE in the schema public from PUBLIC",
    "GRANT CREATE ON SCHEMA public TO {app}": "took CREATE in the schema public from {app}",
    "GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC": "took PL/pgSQL from everybody else",
    "REVOKE USAGE ON LANGUAGE plpgsql FROM {owner}": "let {owner} write PL/pgSQL",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT EXECUTE ON FUNCTIONS TO PUBLIC": (
        "functions that {owner} makes from now on are not everybody's to call"
    ),
    "ALTER SCHEMA trust OWNER TO {app}": "made {owner} the owner of the schema trust",
    "REVOKE SELECT ON public.users FROM trust_app": "granted table public.users to trust_app",
    "REVOKE USAGE ON SCHEMA public FROM trust_reader; REVOKE SELECT ON public.labs FROM trust_reader": (
        "granted table public.labs to trust_reader"
    ),
}


@pytest.fixture(scope="module")
async def standing(own_server: EmbeddedServer, superuser: DatabaseUrl) -> Places:
    """Two places, development migrated, which each test leaves as it found them."""
    places = two_places()
    made = await provision(superuser, *places)
    await upgrade(made.settings(places[0], own_server))
    return places


@pytest.mark.parametrize("drift", DRIFTS)
async def test_a_drift_is_mended_and_said(superuser: DatabaseUrl, standing: Places, drift: str) -> None:
    place, other = standing
    names = {
        "db": place.database,
        "stranger": other.login("trust_app"),
        **{role.removeprefix("trust_"): place.login(role) for role in LOGIN_ROLES},
    }
    before = await state(superuser, *standing)
    async with connected(superuser.replace(database=place.database)) as admin:
        await admin.execute(drift.format(**names))
    assert await state(superuser, *standing) != before, "the drift must be one"
    run = await provision(superuser, *standing)
    assert DRIFTS[drift].format(**names) in run.texts("done")
    assert run.texts("not done") == []
    assert await state(superuser, *standing) == before
    assert (await provision(superuser, *standing)).texts("done") == []
