"""FeatureFlagRepository: switches."""

import asyncio

import pytest

from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR
from tests.fixtures.typed_errors import refused_as
from trust_models import FeatureFlagRepository, acting_as
from trust_models.errors import InvalidValue
from trust_models.models import FeatureFlag

pytestmark = pytest.mark.usefixtures("shared_db")

flags = FeatureFlagRepository()


def key(scene: Scene) -> str:
    """Return the key of a switch that does not exist yet."""
    return f"labs.f{scene.new}"


async def test_a_switch_that_does_not_exist_is_off(scene: Scene) -> None:
    assert await flags.is_enabled(key(scene)) is False
    assert await flags.is_enabled("no key at all") is False


async def test_enable_makes_a_switch_and_disable_turns_it_off(scene: Scene) -> None:
    with acting_as(OPERATOR):
        on = await flags.enable(key(scene))
        assert await flags.is_enabled(key(scene)) is True
        off = await flags.disable(key(scene))
        assert await flags.is_enabled(key(scene)) is False
    assert (on.key, on.enabled, on.description) == (key(scene), True, None)
    assert (off.id, off.enabled) == (on.id, False)


async def test_disable_makes_a_switch_that_is_off(scene: Scene) -> None:
    with acting_as(OPERATOR):
        flag = await flags.disable(key(scene), description="not yet")
    assert (flag.enabled, flag.description) == (False, "not yet")


async def test_a_description_stays_until_another_is_given(scene: Scene) -> None:
    with acting_as(OPERATOR):
        await flags.enable(key(scene), description="first")
        assert (await flags.disable(key(scene))).description == "first"
        assert (await flags.enable(key(scene), description="second")).description == "second"


async def test_turning_a_switch_on_twice_is_no_error(scene: Scene) -> None:
    with acting_as(OPERATOR):
        first = await flags.enable(key(scene))
        again = await flags.enable(key(scene))
    assert (again.id, again.enabled) == (first.id, True)


async def test_many_turn_on_one_switch_at_once(scene: Scene) -> None:
    with acting_as(OPERATOR):
        made = await asyncio.gather(*(flags.enable(key(scene)) for _ in range(10)))
    assert len({flag.id for flag in made}) == 1
    assert await FeatureFlag.filter(key=key(scene)).count() == 1


@pytest.mark.parametrize("wrong", ["", "Upper", "1digit", "a..b", "a.", ".a", "a b", "ünï"])
async def test_a_key_is_dotted_lower_case_words(wrong: str) -> None:
    with acting_as(OPERATOR), refused_as(InvalidValue, "feature_flags_key_ck"):
        await flags.enable(wrong)


async def test_a_key_that_is_too_long_is_refused() -> None:
    with acting_as(OPERATOR), refused_as(InvalidValue, None, hidden="xxx"):
        await flags.enable("x" * 101)
