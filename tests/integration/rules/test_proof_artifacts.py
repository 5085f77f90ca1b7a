"""proof_artifacts: where the evidence lies, without a secret in it, and what it must be."""

from uuid import UUID

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.refusals import refused

HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "location",
    [
        "proof.log",
        "proofs/2026/01/build log.txt",
        "/srv/proofs/diff.patch",
        "proofs/é/日本.png",
        "proofs/node_modules/@types/node.diff",
        "file:///srv/proofs/diff.patch",
        "s3://bucket/proofs/1.log",
        "gs://bucket/proofs/@scope/1.log",
        "https://storage.example.org:8443/bucket/1.log",
        "https://storage.example.org/bucket/ada@example.org/1.log",
        "https://storage.example.org/bucket/100%25.log",
    ],
)
async def test_a_path_or_url_is_accepted(app_trial: asyncpg.Connection, location: str) -> None:
    assert (await records.proof(app_trial, location=location))["location"] == location


@pytest.mark.parametrize(
    "location",
    [
        # A user, or a user and a password
        "https://ada:s3cret@storage.example.org/1.log",
        "https://s3cret@storage.example.org/1.log",
        "https://:s3cret@storage.example.org/1.log",
        "https://@storage.example.org/1.log",
        "HTTPS://ada:s3cret@storage.example.org/1.log",
        "https://ada:s3cret@storage.example.org",
        "https://ada:s3%2Fcret@storage.example.org/1.log",
        "https://ada:s3@cret@storage.example.org/1.log",
        "ftp://ada:s3cret@storage.example.org/1.log",
        "s3://KEY:s3cret@bucket/1.log",
        "git+ssh://ada:s3cret@github.com/octocat/hello",
        "//ada:s3cret@storage.example.org/1.log",
        # A signature
        "https://bucket.s3.amazonaws.com/1.log?X-Amz-Credential=K&X-Amz-Signature=s3cret",
        "https://account.blob.core.windows.net/proofs/1.log?sv=2024&sig=s3cret",
        "https://storage.googleapis.com/bucket/1.log?GoogleAccessId=a&Signature=s3cret",
        "https://example.org/1.log?access_token=s3cret",
        "https://example.org?token=s3cret",
        "s3://bucket/1.log?versionId=1&token=s3cret",
        "file:/srv/1.log?token=s3cret",
        # A fragment
        "https://example.org/1.log#access_token=s3cret",
        "https://example.org/#token",
    ],
)
async def test_a_location_with_credentials_is_refused(app_trial: asyncpg.Connection, location: str) -> None:
    async with refused(app_trial, "23514", "proof_artifacts_location_ck"):
        await records.proof(app_trial, location=location)


@pytest.mark.parametrize(
    "location",
    [
        # A slash that was not encoded
        "https://ada:s3/cret@storage.example.org/1.log",
        # What browsers and many clients take for https://ada:s3cret@storage.example.org/
        "https:/ada:s3cret@storage.example.org/1.log",
        "https:ada:s3cret@storage.example.org/1.log",
        "https:\\\\ada:s3cret@storage.example.org\\1.log",
        # Without its scheme
        "ada:s3cret@storage.example.org/1.log",
        "ada:s3cret@storage.example.org:proofs/1.log",
        "ada_l:s3cret@storage.example.org/1.log",
        "ada%40example.org:s3cret@storage.example.org/1.log",
        "//bucket.s3.amazonaws.com/1.log?X-Amz-Signature=s3cret",
        "bucket.s3.amazonaws.com/1.log?X-Amz-Signature=s3cret",
        # A scheme in a scheme
        "jdbc:postgresql://db.example.org/proofs?user=ada&password=s3cret",
    ],
)
async def test_disguised_credentials_are_refused(app_trial: asyncpg.Connection, location: str) -> None:
    async with refused(app_trial, "23514", "proof_artifacts_location_ck"):
        await records.proof(app_trial, location=location)


@pytest.mark.parametrize(
    "location", ["", " ", " proof.log", "\tproof.log", "proof\n.log", "proof.log\n", "proof\x1b.log", "proof\x7f.log"]
)
async def test_a_location_is_one_line_of_text(app_trial: asyncpg.Connection, location: str) -> None:
    async with refused(app_trial, "23514", "proof_artifacts_location_ck"):
        await records.proof(app_trial, location=location)


async def test_a_location_is_not_longer(app_trial: asyncpg.Connection) -> None:
    await records.proof(app_trial, location="a" * 2000)
    async with refused(app_trial, "22001"):
        await records.proof(app_trial, location="a" * 2001)


async def test_a_hash_is_accepted(app_trial: asyncpg.Connection) -> None:
    assert (await records.proof(app_trial, sha256=HASH))["sha256"] == HASH


@pytest.mark.parametrize("sha256", ["", "a" * 40, "a" * 63, HASH.upper(), "g" * 64, "a" * 63 + "\n", " " + "a" * 63])
async def test_another_form_of_hash_is_refused(app_trial: asyncpg.Connection, sha256: str) -> None:
    async with refused(app_trial, "23514", "proof_artifacts_sha256_ck"):
        await records.proof(app_trial, sha256=sha256)


@pytest.mark.parametrize("size", [0, 2**63 - 1])
async def test_a_size_in_bytes_is_accepted(app_trial: asyncpg.Connection, size: int) -> None:
    assert (await records.proof(app_trial, size_bytes=size))["size_bytes"] == size


@pytest.mark.parametrize("size", [-1, -(2**63)])
async def test_a_negative_size_is_refused(app_trial: asyncpg.Connection, size: int) -> None:
    async with refused(app_trial, "23514", "proof_artifacts_size_bytes_ck"):
        await records.proof(app_trial, size_bytes=size)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/plain; charset=utf-8",
        "text/plain;charset=utf-8",
        "image/svg+xml",
        "application/vnd.github.v3.diff",
        'multipart/mixed; boundary="a b"',
    ],
)
async def test_a_content_type_is_accepted(app_trial: asyncpg.Connection, content_type: str) -> None:
    assert (await records.proof(app_trial, content_type=content_type))["content_type"] == content_type


@pytest.mark.parametrize(
    "content_type",
    [
        *["", "text", "text/", "/plain", "text/plain/x", "text plain", "text/pla in", "text/plain\n", " text/plain"],
        *["*/*", "text/plain charset=utf-8", "tëxt/plain"],
    ],
)
async def test_another_content_type_is_refused(app_trial: asyncpg.Connection, content_type: str) -> None:
    async with refused(app_trial, "23514", "proof_artifacts_content_type_ck"):
        await records.proof(app_trial, content_type=content_type)


@pytest.mark.parametrize(
    "content_type", ["text/plain;\r\nSet-Cookie: a=b", "text/plain; charset=utf-8\nX: y", "text/plain; \x1b"]
)
async def test_a_content_type_smuggles_no_header(app_trial: asyncpg.Connection, content_type: str) -> None:
    async with refused(app_trial, "23514", "proof_artifacts_content_type_ck"):
        await records.proof(app_trial, content_type=content_type)


@pytest.mark.parametrize("kind", ["LOG", "DIFF", "SCREENSHOT"])
async def test_a_type_of_the_list_is_accepted(app_trial: asyncpg.Connection, kind: str) -> None:
    assert (await records.proof(app_trial, type=kind))["type"] == kind


@pytest.mark.parametrize("kind", ["VIDEO", "log", ""])
async def test_another_type_is_refused(app_trial: asyncpg.Connection, kind: str) -> None:
    async with refused(app_trial, "23514", "proof_artifacts_type_ck"):
        await records.proof(app_trial, type=kind)


@pytest.mark.parametrize(
    "column", ["verification_attempt_id", "type", "location", "sha256", "size_bytes", "content_type"]
)
async def test_a_proof_is_complete(app_trial: asyncpg.Connection, column: str) -> None:
    async with refused(app_trial, "23502"):
        await records.proof(app_trial, **{column: None})


async def test_a_proof_belongs_to_an_attempt(app_trial: asyncpg.Connection) -> None:
    attempt = (await records.proof(app_trial))["verification_attempt_id"]
    await records.proof(app_trial, verification_attempt_id=attempt)
    async with refused(app_trial, "23503", "proof_artifacts_verification_attempt_id_fkey"):
        await records.proof(app_trial, verification_attempt_id=UUID(int=0))


async def test_many_proofs_are_copied_and_each_is_checked(app_trial: asyncpg.Connection) -> None:
    attempt = (await records.attempt(app_trial))["id"]
    columns = ["verification_attempt_id", "type", "location", "sha256", "size_bytes", "content_type"]
    good = (attempt, "LOG", "proof.log", HASH, 1, "text/plain")
    bad = (attempt, "LOG", "https://ada:s3cret@example.org/", HASH, 1, "text/plain")
    async with refused(app_trial, "23514", "proof_artifacts_location_ck"):
        await app_trial.copy_records_to_table("proof_artifacts", records=[good, bad], columns=columns)
    await app_trial.copy_records_to_table("proof_artifacts", records=[good] * 3, columns=columns)
    assert await app_trial.fetchval("SELECT count(DISTINCT id) FROM proof_artifacts") == 3
