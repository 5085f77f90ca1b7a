"""What a verb changes is captured as part of its operation."""

import pytest

from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR, REQUEST, Trail
from tests.fixtures.verbs import AUDITED, Verb
from trust_models import Actor, Entity, FeatureFlagRepository, acting_as
from trust_models.audit import audited
from trust_models.db.database import transaction
from trust_models.models import FeatureFlag

pytestmark = pytest.mark.usefixtures("shared_db")


@pytest.mark.parametrize("verb", AUDITED, ids=str)
async def test_a_captured_change_belongs_to_its_operation(scene: Scene, trail: Trail, verb: Verb) -> None:
    with acting_as(OPERATOR, REQUEST):
        await verb.call(scene)
    event = await trail.event()
    for captured in await trail.captured():
        assert captured.context == event.context | {"captured": True}
        assert captured.tx_id == event.tx_id
        assert (captured.actor_type, captured.actor_id) == (event.actor_type, event.actor_id)


async def test_a_model_that_is_saved_by_hand(trail: Trail, scene: Scene) -> None:
    with acting_as(Actor.user("u", on_behalf_of="v"), REQUEST):
        async with transaction():
            await FeatureFlag.create(key=f"by.x{scene.new}")
    (event,) = await trail.captured()
    assert (event.action, event.actor_id, event.on_behalf_of) == ("feature_flag.inserted", "u", "v")
    assert event.context.items() >= REQUEST.as_json().items()
    assert "operation_id" not in event.context
    assert await trail.events() == []


async def test_a_failed_operation_takes_what_was_captured_along(trail: Trail, scene: Scene) -> None:
    async def fail() -> None:
        async with audited("flags.turn", Entity("flags")):
            await FeatureFlagRepository().enable(f"by.x{scene.new}")
            raise ZeroDivisionError

    with acting_as(OPERATOR), pytest.raises(ZeroDivisionError):
        await fail()
    assert await trail.captured() == []
