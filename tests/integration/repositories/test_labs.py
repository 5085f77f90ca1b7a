"""LabRepository: labs as they are written, and what each demanded when it was published."""

import asyncio
import hashlib
from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.columns import columns_of
from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR
from tests.fixtures.typed_errors import refused_as
from trust_models import Database, LabRepository, acting_as
from trust_models.enums import Difficulty
from trust_models.errors import AlreadyExists, InvalidValue, NotFound, ReferenceBroken, VersionOutOfOrder

pytestmark = pytest.mark.usefixtures("shared_db")

labs = LabRepository()


async def test_draft_returns_the_lab_as_stored(scene: Scene) -> None:
    config = {"image": "python:3.13", "limits": {"memory": 512, "cpus": 0.5}}
    with acting_as(OPERATOR):
        lab = await labs.draft(
            slug=scene.new, title="A lab", difficulty=Difficulty.INTERMEDIATE, estimated_minutes=45, config=config
        )
    assert (lab.slug, lab.title, lab.difficulty) == (scene.new, "A lab", Difficulty.INTERMEDIATE)
    assert (lab.estimated_minutes, lab.config) == (45, config)
    assert columns_of(await labs.get(lab.id)) == columns_of(lab)
    assert columns_of(await labs.get_by_slug(scene.new)) == columns_of(lab)


async def test_draft_refuses_a_slug_that_is_taken(scene: Scene) -> None:
    with acting_as(OPERATOR), refused_as(AlreadyExists, "labs_slug_key", hidden=scene.lab_slug):
        await labs.draft(slug=scene.lab_slug, title="Another", difficulty=Difficulty.BEGINNER, estimated_minutes=1)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"slug": "two--dashes"}, "labs_slug_ck"),
        ({"title": ""}, "labs_title_ck"),
        ({"estimated_minutes": 0}, "labs_estimated_minutes_ck"),
        ({"estimated_minutes": -5}, "labs_estimated_minutes_ck"),
        ({"estimated_minutes": 2**31}, None),
        ({"config": [1]}, "labs_config_ck"),
    ],
)
async def test_draft_refuses_values_without_the_right_form(
    scene: Scene, wrong: dict[str, Any], constraint: str | None
) -> None:
    values: dict[str, Any] = {
        "slug": scene.new,
        "title": "A lab",
        "difficulty": Difficulty.BEGINNER,
        "estimated_minutes": 5,
    } | wrong
    with acting_as(OPERATOR), refused_as(InvalidValue, constraint):
        await labs.draft(**values)


async def test_revise_changes_what_is_given(scene: Scene) -> None:
    before = await labs.get(scene.lab_id)
    with acting_as(OPERATOR):
        revised = await labs.revise(scene.lab_id, estimated_minutes=90, config={"image": "go"})
    assert (revised.estimated_minutes, revised.config) == (90, {"image": "go"})
    assert (revised.slug, revised.title, revised.difficulty) == (before.slug, before.title, before.difficulty)


async def test_revise_with_nothing_changes_nothing(scene: Scene) -> None:
    before = await labs.get(scene.lab_id)
    with acting_as(OPERATOR):
        assert columns_of(await labs.revise(scene.lab_id)) == columns_of(before)


async def test_publish_makes_versions_without_a_gap(scene: Scene) -> None:
    config = {"image": "python"}
    with acting_as(OPERATOR):
        lab = await labs.draft(
            slug=scene.new, title="A lab", difficulty=Difficulty.BEGINNER, estimated_minutes=5, config=config
        )
        first = await labs.publish(lab.id, created_by=scene.user_id)
        await labs.revise(lab.id, config={})
        second = await labs.publish(lab.id, expected_version=2)
    assert (first.version, first.lab_id, first.config, first.created_by_id) == (1, lab.id, config, scene.user_id)
    assert (second.version, second.config, second.created_by_id) == (2, {}, None)
    assert first.config_sha256 == hashlib.sha256(b'{"image": "python"}').hexdigest()
    assert second.config_sha256 == hashlib.sha256(b"{}").hexdigest()
    assert columns_of(await labs.version(lab.id, 1)) == columns_of(first)
    assert (await labs.latest_version(lab.id)).id == second.id


async def test_publish_refuses_another_version_than_the_expected_one(scene: Scene) -> None:
    with acting_as(OPERATOR), refused_as(VersionOutOfOrder, "lab_versions_version_order"):
        await labs.publish(scene.lab_id, expected_version=1)


async def test_publish_refuses_an_author_who_does_not_exist(scene: Scene) -> None:
    with acting_as(OPERATOR), refused_as(ReferenceBroken, "lab_versions_created_by_fkey"):
        await labs.publish(scene.lab_id, created_by=uuid4())


async def test_forty_publishers_at_once_number_one_to_forty(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database, pool_max_size=40)):
        with acting_as(OPERATOR):
            lab = await labs.draft(slug="forty", title="Forty", difficulty=Difficulty.BEGINNER, estimated_minutes=5)
            made = await asyncio.gather(*(labs.publish(lab.id) for _ in range(40)))
        assert sorted(version.version for version in made) == list(range(1, 41))
        assert [version.version for version in (await labs.versions(lab.id)).items] == list(range(1, 41))


async def test_versions_are_read_in_order(scene: Scene) -> None:
    with acting_as(OPERATOR):
        made = [await labs.publish(scene.lab_id) for _ in range(3)]
    page = await labs.versions(scene.lab_id, limit=3)
    assert [version.version for version in page.items] == [1, 2, 3]
    assert page.after == made[1].id
    assert [version.version for version in (await labs.versions(scene.lab_id, after=page.after)).items] == [4]


async def test_there_is_no_version_before_the_first(scene: Scene) -> None:
    with acting_as(OPERATOR):
        lab = await labs.draft(slug=scene.new, title="A lab", difficulty=Difficulty.BEGINNER, estimated_minutes=5)
    with pytest.raises(NotFound, match="lab version"):
        await labs.latest_version(lab.id)
    with pytest.raises(NotFound, match="number 1"):
        await labs.version(lab.id, 1)
