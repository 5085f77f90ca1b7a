"""docs/examples/web_service.py under uvicorn: 200 people at once, and each event is of the one who asked for it."""

import asyncio
import hashlib
import re
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx

from tests.fixtures import records
from tests.fixtures.addresses import urls
from tests.fixtures.cluster import Cluster
from tests.fixtures.program import PATIENCE_SECONDS, Program

CHECKOUT = Path(__file__).parents[2]
UVICORN = (sys.executable, "-m", "uvicorn", "--app-dir", str(CHECKOUT / "docs/examples"), "--no-proxy-headers")
PEOPLE = 200

EVENTS = """
SELECT actor_type, actor_id, action, entity_id, context ->> 'request_id' AS request_id,
  context ->> 'trace_id' AS trace_id, context ->> 'user_agent' AS user_agent, context ->> 'service' AS service,
  context ? 'captured' AS captured
FROM audit_logs WHERE context ? 'request_id' ORDER BY id
"""


@dataclass(frozen=True)
class Person:
    """Somebody with a signed-in session, and what that one's request says."""

    number: int
    id: UUID

    @property
    def token(self) -> str:
        return f"token-of-{self.number}"

    @property
    def trace(self) -> str:
        return f"{self.number + 1:032x}"

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.token}",
            "X-Request-ID": f"r-{self.number}",
            "User-Agent": f"agent-{self.number}",
            "traceparent": f"00-{self.trace}-{'1' * 16}-01",
        }


async def person(app: asyncpg.Connection, number: int) -> Person:
    one = Person(number, (await records.user(app))["id"])
    await records.sign_in(app, user_id=one.id, token_hash=hashlib.sha256(one.token.encode()).hexdigest())
    return one


@asynccontextmanager
async def served(program: Program) -> AsyncIterator[httpx.AsyncClient]:
    """The service, running; every request gets a connection of its own."""
    async with program.started("--port", "0", "--no-access-log", "web_service:app") as process:
        address = await asyncio.wait_for(_address(process), PATIENCE_SECONDS)
        limits = httpx.Limits(max_connections=PEOPLE)
        async with httpx.AsyncClient(base_url=address, limits=limits, timeout=PATIENCE_SECONDS) as browser:
            yield browser


async def _address(process: Process) -> str:
    assert process.stderr is not None
    said = ""
    while line := (await process.stderr.readline()).decode():
        said += line
        if found := re.search(r"running on (http://\S+)", line):
            return found[1]
    raise AssertionError(said)


async def test_200_people_at_once(cluster: Cluster, database: str, app: asyncpg.Connection, tmp_path: Path) -> None:
    people = [await person(app, number) for number in range(PEOPLE)]
    lab_version = (await records.lab_version(app))["id"]
    program = Program(tmp_path, command=UVICORN, environment=urls(cluster, database))

    async def ask(one: Person) -> httpx.Response:
        path = f"/launches/n{one.number}" if one.number % 2 else f"/labs/{lab_version}/sessions"
        return await browser.post(path, headers=one.headers)

    async with served(program) as browser:
        strangers = [browser.post("/launches/any", headers={"Authorization": value}) for value in ("Bearer x", "x")]
        *answers, first, second = await asyncio.gather(*map(ask, people), *strangers)

    assert [answer.headers["x-request-id"] for answer in answers] == [f"r-{number}" for number in range(PEOPLE)]
    assert {answer.status_code for answer in answers} == {200, 201}
    assert (first.status_code, second.status_code) == (401, 401)
    assert first.headers["x-request-id"] != second.headers["x-request-id"]

    events = await app.fetch(EVENTS)
    for event in events:
        number = int(event["request_id"].removeprefix("r-"))
        assert (event["actor_type"], event["actor_id"]) == ("USER", str(people[number].id))
        assert (event["trace_id"], event["user_agent"]) == (people[number].trace, f"agent-{number}")
        assert event["service"] == "labs-api"
    done = sorted((event["request_id"], event["action"]) for event in events if not event["captured"])
    assert done == sorted(
        (f"r-{number}", action)
        for number in range(PEOPLE)
        for action in (["feature_flag.enable", "launch.begin"] if number % 2 else ["lab_session.start"])
    )
    started = {event["request_id"]: event["entity_id"] for event in events if event["action"] == "lab_session.start"}
    assert started == {f"r-{number}": answers[number].json()["id"] for number in range(0, PEOPLE, 2)}


async def test_what_is_refused_is_answered(
    cluster: Cluster, database: str, app: asyncpg.Connection, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    one = await person(app, 1)
    lab_version = (await records.lab_version(app))["id"]
    program = Program(tmp_path, command=UVICORN, environment=urls(cluster, database))
    async with served(program) as browser:

        async def ask(path: str) -> tuple[int, str]:
            answer = await browser.post(path, headers=one.headers)
            return answer.status_code, answer.json().get("error", "")

        unknown = await ask(f"/labs/{UUID(int=7)}/sessions")
        misspelt = await ask("/launches/NOT%20A%20NAME")
        await owner.execute("ALTER TABLE feature_flags ADD CONSTRAINT feature_flags_one_key UNIQUE (enabled)")
        assert await ask("/launches/first") == (200, "")
        twice = await ask("/launches/second")
        await owner.execute("REVOKE INSERT ON lab_sessions FROM trust_app")
        forbidden = await ask(f"/labs/{lab_version}/sessions")
        await owner.execute("REVOKE INSERT ON audit_logs FROM trust_app")
        unrecorded = await ask(f"/labs/{lab_version}/sessions")
    assert unknown[0] == 404
    assert (misspelt[0], "feature_flags_key_ck" in misspelt[1]) == (422, True)
    assert (twice[0], "feature_flags_one_key" in twice[1]) == (409, True)
    assert forbidden == (403, "Permission denied for table lab_sessions.")
    assert unrecorded == (500, "The service cannot do this now.")
    outcomes = await app.fetch("SELECT outcome FROM audit_logs WHERE outcome <> 'SUCCESS' ORDER BY id")
    assert {row["outcome"] for row in outcomes} == {"DENIED"}
