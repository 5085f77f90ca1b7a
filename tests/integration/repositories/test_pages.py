"""Pages by key: every list of every repository is cut in the same way."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.scene import Scene
from tests.fixtures.verbs import (
    PASSED,
    flags,
    github,
    labs,
    lessons,
    log,
    proofs,
    sessions,
    sign_ins,
    subscriptions,
    users,
)
from trust_models import Entity, EventFilter, UserRepository
from trust_models.repositories import Page

pytestmark = pytest.mark.usefixtures("shared_db")


class List(Protocol):
    """A verb that returns a page."""

    def __call__(self, *, after: Any = None, limit: int = 50) -> Awaitable[Page[Any]]: ...


LISTS: dict[str, Callable[[Scene], List]] = {
    "users": lambda _: users.page,
    "sign-ins of a user": lambda scene: lambda **cut: sign_ins.of_user(scene.user_id, **cut),
    "lessons": lambda _: lessons.page,
    "versions of a lesson": lambda scene: lambda **cut: lessons.versions(scene.lesson_id, **cut),
    "labs": lambda _: labs.page,
    "versions of a lab": lambda scene: lambda **cut: labs.versions(scene.lab_id, **cut),
    "sessions of a user": lambda scene: lambda **cut: sessions.of_user(scene.user_id, **cut),
    "attempts": lambda scene: lambda **cut: sessions.attempts(scene.session_id, **cut),
    "proofs": lambda scene: lambda **cut: proofs.of_attempt(scene.attempt_id, **cut),
    "repositories": lambda scene: lambda **cut: github.repositories(scene.session_id, **cut),
    "flags": lambda _: flags.page,
    "subscriptions": lambda scene: lambda **cut: subscriptions.history(scene.subscriber_id, **cut),
    "events": lambda _: log.page,
    "events of an actor": lambda _: lambda **cut: log.page(EventFilter(actor_id="operator"), **cut),
    "events of an entity": lambda _: lambda **cut: log.timeline(Entity("lab", "1"), **cut),
}

each_list = pytest.mark.parametrize("name", LISTS)


@each_list
@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_a_limit_is_from_one_to_a_thousand(scene: Scene, name: str, limit: int) -> None:
    with pytest.raises(ValueError, match=f"limit must be from 1 to 1000, not {limit}"):
        await LISTS[name](scene)(limit=limit)


@each_list
async def test_the_last_page_says_that_there_is_no_other(scene: Scene, name: str) -> None:
    whole = await LISTS[name](scene)(limit=1000)
    assert whole.after is None
    assert [record.pk for record in whole.items] == sorted(record.pk for record in whole.items)


async def walk(limit: int) -> list[list[UUID]]:
    """Return the keys on each page of users."""
    pages: list[list[UUID]] = []
    after: UUID | None = None
    while True:
        page = await UserRepository().page(after=after, limit=limit)
        pages.append([user.id for user in page.items])
        if (after := page.after) is None:
            return pages


class TestWalking:
    """A database of its own for each."""

    @pytest.fixture
    def shared_db(self, db: object) -> object:
        return db

    @pytest.mark.parametrize(
        ("limit", "sizes"),
        [(1, [1] * 6), (2, [2, 2, 2]), (4, [4, 2]), (5, [5, 1]), (6, [6]), (7, [6]), (1000, [6])],
    )
    async def test_each_record_is_on_one_page(self, app: asyncpg.Connection, limit: int, sizes: list[int]) -> None:
        made = [(await records.user(app))["id"] for _ in range(6)]
        pages = await walk(limit)
        assert [key for page in pages for key in page] == made
        assert [len(page) for page in pages] == sizes

    async def test_there_may_be_nothing(self) -> None:
        assert await walk(5) == [[]]

    async def test_fifty_are_on_a_page_unless_said_otherwise(self, app: asyncpg.Connection) -> None:
        for _ in range(51):
            await records.user(app)
        page = await UserRepository().page()
        assert len(page.items) == 50
        assert page.after == page.items[-1].id

    async def test_a_record_that_goes_moves_no_other_to_another_page(self, admin: asyncpg.Connection) -> None:
        made = [(await records.user(admin))["id"] for _ in range(4)]
        first = await UserRepository().page(limit=2)
        await admin.execute("DELETE FROM users WHERE id = $1", made[0])
        second = await UserRepository().page(limit=2, after=first.after)
        assert [user.id for user in second.items] == made[2:]

    async def test_a_record_that_comes_is_on_the_page_to_come(self, app: asyncpg.Connection) -> None:
        await records.user(app)
        await records.user(app)
        first = await UserRepository().page(limit=1)
        late = (await records.user(app))["id"]
        second = await UserRepository().page(limit=5, after=first.after)
        assert second.items[-1].id == late

    async def test_a_key_that_is_no_record_s_is_a_place_as_well(self, app: asyncpg.Connection) -> None:
        user = await records.user(app)
        assert [one.id for one in (await UserRepository().page(after=UUID(int=0))).items] == [user["id"]]
        assert (await UserRepository().page(after=UUID(int=2**128 - 1))).items == []


async def test_a_page_holds_no_record_of_somebody_else(scene: Scene) -> None:
    assert (await sessions.attempts(uuid4())).items == []
    assert all(one.lab_session_id == scene.session_id for one in (await sessions.attempts(scene.session_id)).items)
    assert PASSED.commit_sha not in {one.commit_sha for one in (await sessions.attempts(scene.session_id)).items}
