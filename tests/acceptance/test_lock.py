"""`trust-models lock`: what it does for the people who use it, and what it says when it cannot."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fixtures.addresses import urls
from tests.fixtures.bookkeeping import connected
from tests.fixtures.cluster import Cluster
from tests.fixtures.locked import locked_clone, state
from tests.fixtures.program import Ended, Program
from trust_models.db.schema_head import packaged
from trust_models.schema.lock.engage import engage
from trust_models.schema.lock.overrides import REASON_LENGTH

LAST = packaged()[-1]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SHA256 = re.compile(r"\b[0-9a-f]{64}\b")


def people(cluster: Cluster, database: str) -> Mapping[str, str]:
    """The environment of somebody who has every URL, as no single person should."""
    return {
        **urls(cluster, database),
        "TRUST_ADMIN_DATABASE_URL": cluster.admin_url.to_url(),
        "TRUST_APPROVER_DATABASE_URL": cluster.url("approver", database).to_url(),
    }


def program(folder: Path, cluster: Cluster, database: str) -> Program:
    """The program with that environment."""
    return Program(folder, environment=people(cluster, database))


def found(pattern: re.Pattern[str], run: Ended) -> str:
    """What a run has printed."""
    match = pattern.search(run.output)
    assert match, run.said
    return match[0]


async def test_from_the_lock_to_its_release(cluster: Cluster, database: str, tmp_path: Path) -> None:
    lock = program(tmp_path, cluster, database)
    free = await lock.run("lock", "status")
    assert (free.status, free.said) == (0, "the schema is not locked\nno override is open\n")

    engaged = await lock.run("lock", "engage")
    assert (engaged.status, engaged.errors) == (0, "")
    assert engaged.output == (
        f"moving the schema to trust_guard …\nlocked; {cluster.login('owner')} owns nothing of it any more\n"
    )
    told = await lock.run("lock", "status")
    assert re.fullmatch(
        r"the schema is locked since [-0-9]+ [:0-9]+ UTC, by \w+\nevent triggers: 5 of 5 hold\nno override is open\n",
        told.said,
    )

    asked = await lock.run("lock", "request", "--release", "--reason", "the [bold]yearly[/bold] rebuild")
    assert asked.status == 0
    assert "because   the [bold]yearly[/bold] rebuild\n" in asked.output
    override = found(UUID, asked)
    assert asked.output.endswith(f"\n  trust-models lock approve {override}\n")
    refused = await lock.run("lock", "release")
    assert refused.status == 1
    assert "the last one waits for its approval" in refused.errors

    unread = await lock.run("lock", "approve", override, "--yes")
    assert (unread.status, unread.output) == (2, "")
    approved = await lock.run("lock", "approve", override, "--yes", "--sha256", found(SHA256, asked))
    assert approved.status == 0, approved.errors
    assert "trust.release_schema_lock($1)" in approved.output
    assert re.search(r"^approved until [-0-9]+ [:0-9]+ UTC, for one use$", approved.output, re.MULTILINE)

    released = await lock.run("lock", "release")
    assert (released.status, released.said) == (
        0,
        f"released; the schema belongs to {cluster.login('owner')} again\n",
    )


async def test_the_state_as_one_object(cluster: Cluster, tmp_path: Path) -> None:
    async with locked_clone(cluster, event_triggers=False) as name:
        lock = program(tmp_path, cluster, name)
        await lock.run("lock", "request", LAST, "--reason", "a test")
        run = await lock.run("lock", "status", "--json")
    told = json.loads(run.output)
    assert run.status == 0
    assert told["engagement"]["previous_owner"] == cluster.login("owner")
    assert {trigger["state"] for trigger in told["event_triggers"]} == {"left out"}
    assert (told["problems"], len(told["warnings"])) == ([], 1)
    assert [(one["migration"], one["state"]) for one in told["overrides"]] == [(LAST, "requested")]


@pytest.mark.parametrize("options", [(), ("--json",)])
async def test_a_lock_that_does_not_hold_is_a_failure(
    cluster: Cluster, database: str, tmp_path: Path, options: tuple[str, ...]
) -> None:
    await engage(cluster.url("admin", database))
    async with connected(cluster.url("admin", database)) as admin:
        await admin.execute("ALTER EVENT TRIGGER trust_lock_drop DISABLE")
    run = await program(tmp_path, cluster, database).run("lock", "status", *options)
    assert (run.status, run.errors) == (1, "")
    assert "The event trigger trust_lock_drop is disabled." in run.output


async def test_nobody_approves_what_he_has_not_read(cluster: Cluster, database: str, tmp_path: Path) -> None:
    await engage(cluster.url("admin", database))
    lock = program(tmp_path, cluster, database)
    override = found(UUID, await lock.run("lock", "request", LAST, "--reason", "a test"))

    silent = await lock.run("lock", "approve", override)  # nobody answers
    assert silent.status == 1
    assert "GRANT INSERT (note) ON public.audit_checkpoints" in silent.output  # the whole text
    wrong = await lock.run("lock", "approve", override, "--yes", "--sha256", "0" * 64)
    assert wrong.status == 1
    assert wrong.errors == (
        "error: The override is for another text than the one that was read. Compare the SHA-256 of both.\n"
    )
    assert await state(cluster, database, override) == "requested"
    revoked = await lock.run("lock", "revoke", override)
    assert (revoked.status, revoked.said) == (0, f"revoked {override}\n")
    assert await state(cluster, database, override) == "revoked"


async def test_who_migrates_does_not_approve(cluster: Cluster, database: str, tmp_path: Path) -> None:
    await engage(cluster.url("admin", database))
    own = {**people(cluster, database), "TRUST_APPROVER_DATABASE_URL": cluster.url("owner", database).to_url()}
    lock = Program(tmp_path, environment=own)
    override = found(UUID, await lock.run("lock", "request", LAST, "--reason", "a test"))
    hash_read = found(SHA256, await lock.run("lock", "status"))
    run = await lock.run("lock", "approve", override, "--yes", "--sha256", hash_read)
    assert (run.status, run.errors) == (1, "error: Permission denied for function approve_override.\n")


async def test_an_approver_needs_no_url_but_his_own(cluster: Cluster, database: str, tmp_path: Path) -> None:
    await engage(cluster.url("admin", database))
    asked = await program(tmp_path, cluster, database).run("lock", "request", LAST, "--reason", "a test")
    override = found(UUID, asked)
    own = {"TRUST_APPROVER_DATABASE_URL": cluster.url("approver", database).to_url()}
    approver = Program(tmp_path, environment=own)
    told = await approver.run("lock", "status")
    assert (told.status, told.errors) == (0, "")
    assert f"override  {override} (requested)\n" in told.output
    revoked = await approver.run("lock", "revoke", override)
    assert (revoked.status, revoked.said) == (0, f"revoked {override}\n")
    assert await state(cluster, database, override) == "revoked"


@pytest.mark.parametrize("arguments", [(), (LAST, "--release")])
async def test_a_request_is_for_one_thing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    run = await Program(tmp_path).run("lock", "request", *arguments, "--reason", "x")
    assert (run.status, run.errors) == (
        2,
        "error: Neither or both were asked for. Name a migration, or give --release.\n",
    )


@pytest.mark.parametrize(
    ("reason", "complaint"),
    [
        (" \t\n", "it is blank. Say why, for whoever approves and for the record."),
        ("é" * 1001, "it has 1,001 characters. Say it in 1,000 at most."),
    ],
)
async def test_a_reason_that_is_none_is_named_before_the_database_is_asked(
    tmp_path: Path, reason: str, complaint: str
) -> None:
    run = await Program(tmp_path).run("lock", "request", LAST, "--reason", reason)
    assert (run.status, run.output, run.errors) == (2, "", f"error: --reason: {complaint}\n")


async def test_the_longest_reason_is_kept(cluster: Cluster, database: str, tmp_path: Path) -> None:
    await engage(cluster.url("admin", database))
    run = await program(tmp_path, cluster, database).run("lock", "request", LAST, "--reason", "é" * REASON_LENGTH)
    assert run.status == 0, run.errors


async def test_a_migration_that_the_package_lacks(cluster: Cluster, database: str, tmp_path: Path) -> None:
    run = await program(tmp_path, cluster, database).run("lock", "request", "99_x.py", "--reason", "x")
    assert run.status == 1
    assert run.errors.startswith("error: The package brings no migration 99_x.py.")


@pytest.mark.parametrize(
    ("command", "variable"),
    [(("engage",), "TRUST_ADMIN_DATABASE_URL"), (("approve", "0" * 32), "TRUST_APPROVER_DATABASE_URL")],
)
async def test_each_person_needs_one_url_of_his_own(
    cluster: Cluster, database: str, tmp_path: Path, command: tuple[str, ...], variable: str
) -> None:
    run = await Program(tmp_path, environment=urls(cluster, database)).run("lock", *command)
    assert (run.status, run.output) == (2, "")
    assert run.errors.startswith(f"error: {variable}: it is not set; give the URL of ")
    assert cluster.password not in run.said


async def test_a_second_lock_says_so(cluster: Cluster, database: str, tmp_path: Path) -> None:
    await engage(cluster.url("admin", database))
    run = await program(tmp_path, cluster, database).run("lock", "engage")
    assert (run.status, run.errors) == (1, "error: The schema is locked already. See `trust-models lock status`.\n")
