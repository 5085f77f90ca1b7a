"""trust_models.testing: what it asserts, and what it says when that is not so."""

import asyncpg
import pytest

from tests.fixtures.captured import capture, open_desk
from tests.fixtures.trail import OPERATOR
from trust_models import Actor, Entity, FeatureFlagRepository, acting_as
from trust_models.enums import Outcome
from trust_models.errors import TrustError
from trust_models.testing import assert_audited, exactly_audited, recording

flags = FeatureFlagRepository()

pytestmark = pytest.mark.usefixtures("db")


async def test_the_newest_event_that_fits_is_returned() -> None:
    with acting_as(OPERATOR):
        flag = await flags.enable("labs.one")
        await flags.enable("labs.one", description="again")
        await flags.enable("labs.two")
    event = await assert_audited("feature_flag.enable", flag, actor=OPERATOR)
    assert event.metadata == {"key": "labs.one"}
    assert (await assert_audited("feature_flag.enable")).metadata == {"key": "labs.two"}
    assert (await assert_audited("feature_flag.enable", Entity.of(flag))).id == event.id


async def test_what_is_missing_is_told_with_what_comes_near() -> None:
    with acting_as(OPERATOR):
        flag = await flags.enable("labs.one")
    with pytest.raises(AssertionError) as caught:
        await assert_audited("feature_flag.disable", flag, actor=Actor.user("u1"))
    assert "There is no event SUCCESS of feature_flag.disable on feature_flag" in str(caught.value)
    assert "by USER u1" in str(caught.value)
    assert f"feature_flag.enable SUCCESS on feature_flag {flag.id} by SERVICE operator" in str(caught.value)
    for wrong in ({"outcome": Outcome.DENIED}, {"actor": Actor.system()}):
        with pytest.raises(AssertionError):
            await assert_audited("feature_flag.enable", flag, **wrong)
    with pytest.raises(AssertionError, match=r"of lab\.open on lab by SYSTEM\. No event"):
        await assert_audited("lab.open", Entity("lab"), actor=Actor.system())
    with pytest.raises(AssertionError, match="No event comes near"):
        await assert_audited("lab.open", Entity("lab", "1"))


async def test_exactly_the_events_of_a_block() -> None:
    with acting_as(OPERATOR):
        await flags.enable("labs.before")
        async with exactly_audited("feature_flag.enable", "feature_flag.disable") as recorded:
            await flags.enable("labs.one")
            await flags.disable("labs.one")
        assert [event.metadata["key"] for event in recorded.operations] == ["labs.one", "labs.one"]
        async with exactly_audited():
            await flags.is_enabled("labs.one")
        with pytest.raises(AssertionError, match=r"Not exactly lab\.open\. There are:\n  \d+ feature_flag\.enable"):
            async with exactly_audited("lab.open"):
                await flags.enable("labs.one")
        with pytest.raises(AssertionError, match="Not exactly nothing"):
            async with exactly_audited():
                await flags.enable("labs.one")


async def test_an_error_of_the_block_goes_on_and_leaves_what_was_recorded() -> None:
    with acting_as(OPERATOR):
        with pytest.raises(TrustError):
            async with exactly_audited():
                await flags.enable("No Key")
        async with recording() as recorded:
            with pytest.raises(TrustError):
                await flags.enable("No Key")
    assert [event.outcome for event in recorded.operations] == [Outcome.DENIED]


async def test_captured_changes_are_told_apart(owner: asyncpg.Connection) -> None:
    await open_desk(owner)
    async with exactly_audited() as recorded:
        await capture(owner, "lab.inserted", "1", after={})
    assert [event.action for event in recorded.events] == ["lab.inserted"]
    assert recorded.actions == []
