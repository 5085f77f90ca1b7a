"""What holds for every verb of every repository, whatever it does."""

import asyncpg
import pytest

from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR, REQUEST, Trail, contents
from tests.fixtures.undone import undone
from tests.fixtures.verbs import AUDITED, READING, WRITING, Plain, Verb, all_verbs
from trust_models import AuditEvent, AuditLogRepository, Entity, acting_as
from trust_models.enums import ActorType, Outcome
from trust_models.errors import ActorRequired

pytestmark = pytest.mark.usefixtures("shared_db")


def test_no_verb_is_missing_here() -> None:
    listed = [verb.name for verb in AUDITED] + [verb.name for verb in READING + WRITING]
    assert len(listed) == len(set(listed))
    assert set(listed) == all_verbs()


@pytest.mark.parametrize("verb", AUDITED, ids=str)
async def test_an_audited_verb_leaves_one_event(scene: Scene, trail: Trail, verb: Verb) -> None:
    with acting_as(OPERATOR, REQUEST):
        result = await verb.call(scene)
    event = await trail.event()
    assert event.action == verb.action
    assert event.outcome is Outcome.SUCCESS
    assert event.reason_code is None
    assert (event.actor_type, event.actor_id, event.on_behalf_of) == (ActorType.SERVICE, "operator", None)
    assert (event.entity_type, event.entity_id) == (verb.entity_type, str(verb.entity_id(scene, result)))
    assert event.metadata == verb.metadata(scene, result)
    assert event.context.items() >= REQUEST.as_json().items()


@pytest.mark.parametrize("verb", AUDITED, ids=str)
async def test_an_audited_verb_needs_somebody_who_acts(
    standing_admin: asyncpg.Connection, scene: Scene, verb: Verb
) -> None:
    before = await contents(standing_admin)
    with pytest.raises(ActorRequired, match=r"acting_as\(Actor\.user\(user_id\)\)"):
        await verb.call(scene)
    assert await contents(standing_admin) == before


@pytest.mark.parametrize("verb", WRITING, ids=str)
async def test_upkeep_needs_nobody_who_acts(scene: Scene, verb: Plain) -> None:
    await verb.call(scene)


@pytest.mark.parametrize("verb", [*AUDITED, *WRITING], ids=str)
async def test_a_verb_goes_with_the_transaction_around_it(
    standing_admin: asyncpg.Connection, scene: Scene, verb: Verb | Plain
) -> None:
    before = await contents(standing_admin)
    with acting_as(OPERATOR):
        async with undone():
            await verb.call(scene)
            assert await contents(standing_admin) == before, "it committed on its own"
    assert await contents(standing_admin) == before


@pytest.mark.parametrize("verb", READING, ids=str)
async def test_reading_needs_nobody_and_changes_nothing(
    standing_admin: asyncpg.Connection, scene: Scene, verb: Plain
) -> None:
    event = AuditEvent(actor=OPERATOR, action="lab.open", outcome=Outcome.SUCCESS, entity=Entity("lab"))
    await AuditLogRepository().record_many([event])  # so that there is one to read
    before = await contents(standing_admin)
    await verb.call(scene)
    assert await contents(standing_admin) == before
