"""ProofRepository: where the evidence of an attempt lies, and the hash that it must have."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.columns import columns_of
from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR
from tests.fixtures.typed_errors import refused_as
from tests.fixtures.verbs import LOG_FILE, SCREENSHOT
from trust_models import ProofRepository, acting_as
from trust_models.enums import ProofType
from trust_models.errors import InvalidValue, ReferenceBroken

pytestmark = pytest.mark.usefixtures("shared_db")

proofs = ProofRepository()


async def test_attach_proof_returns_the_proof_as_stored(scene: Scene) -> None:
    with acting_as(OPERATOR):
        proof = await proofs.attach_proof(scene.attempt_id, replace(LOG_FILE, size_bytes=2**40))
    assert (proof.verification_attempt_id, proof.type) == (scene.attempt_id, ProofType.LOG)
    assert (proof.location, proof.sha256) == ("proofs/run.log", "c" * 64)
    assert (proof.size_bytes, proof.content_type) == (2**40, "text/plain")
    assert columns_of(await proofs.get(proof.id)) == columns_of(proof)


async def test_attach_proofs_keeps_the_order(scene: Scene) -> None:
    batch = [
        replace(LOG_FILE if number % 2 else SCREENSHOT, location=f"proofs/{number}", size_bytes=number)
        for number in range(300)
    ]
    with acting_as(OPERATOR):
        attached = await proofs.attach_proofs(scene.attempt_id, batch)
    assert [(one.location, one.type, one.size_bytes) for one in attached] == [
        (new.location, new.type, new.size_bytes) for new in batch
    ]


async def test_of_attempt_returns_pages_of_its_own_evidence(scene: Scene) -> None:
    with acting_as(OPERATOR):
        attached = await proofs.attach_proofs(scene.attempt_id, [LOG_FILE, SCREENSHOT])
    first = await proofs.of_attempt(scene.attempt_id, limit=2)
    second = await proofs.of_attempt(scene.attempt_id, limit=2, after=first.after)
    assert [one.id for one in first.items + second.items] == [scene.proof_id, *(one.id for one in attached)]
    assert second.after is None
    assert (await proofs.of_attempt(uuid4())).items == []


async def test_no_proofs_are_none(scene: Scene) -> None:
    with acting_as(OPERATOR):
        assert await proofs.attach_proofs(scene.attempt_id, []) == []


async def test_a_proof_needs_an_attempt() -> None:
    with acting_as(OPERATOR), refused_as(ReferenceBroken, "proof_artifacts_verification_attempt_id_fkey"):
        await proofs.attach_proof(uuid4(), LOG_FILE)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"location": "https://user:hunter2@example.org/log"}, "proof_artifacts_location_ck"),
        ({"location": "s3://hunter2@bucket/log"}, "proof_artifacts_location_ck"),
        ({"location": "https://example.org/log?X-Amz-Signature=hunter2"}, "proof_artifacts_location_ck"),
        ({"location": "https://example.org/log#hunter2"}, "proof_artifacts_location_ck"),
        ({"location": ""}, "proof_artifacts_location_ck"),
        ({"sha256": "hunter2"}, "proof_artifacts_sha256_ck"),
        ({"sha256": "C" * 64}, "proof_artifacts_sha256_ck"),
        ({"size_bytes": -1}, "proof_artifacts_size_bytes_ck"),
        ({"content_type": "hunter2"}, "proof_artifacts_content_type_ck"),
        ({"location": "x" * 2001}, None),
        ({"size_bytes": 2**63}, None),
    ],
)
async def test_one_wrong_proof_refuses_the_whole_batch(
    scene: Scene, wrong: dict[str, Any], constraint: str | None
) -> None:
    with acting_as(OPERATOR), refused_as(InvalidValue, constraint, hidden="hunter2"):
        await proofs.attach_proofs(scene.attempt_id, [LOG_FILE, replace(LOG_FILE, **wrong)])
    assert [one.id for one in (await proofs.of_attempt(scene.attempt_id)).items] == [scene.proof_id]
