"""Work that a cancellation does not cut: it comes to its end first, and the cancellation goes on after it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias

import pytest

from trust_models.db.uncut import uncut

Canceller: TypeAlias = Callable[[Coroutine[Any, Any, None], asyncio.Event], Awaitable[None]]

SOON = 5.0


class Work:
    """Waits for an answer in several steps, and says what became of it."""

    def __init__(self, *, steps: int = 3) -> None:
        self.begun = asyncio.Event()
        self.answers = [asyncio.get_running_loop().create_future() for _ in range(steps)]
        self.said: list[str] = []

    async def run(self) -> None:
        self.begun.set()
        try:
            for number, answer in enumerate(self.answers):
                await answer
                await asyncio.sleep(0)
                self.said.append(f"step {number}")
        except asyncio.CancelledError:
            self.said.append("given up")
            raise

    async def answer(self) -> None:
        """Answer every step, with time in between."""
        for answer in self.answers:
            await asyncio.sleep(0.01)
            if not answer.done():
                answer.set_result(None)


async def cancelled_task(work: Coroutine[Any, Any, None], begun: asyncio.Event) -> None:
    task = asyncio.ensure_future(work)
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def wait_for(work: Coroutine[Any, Any, None], _begun: asyncio.Event) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(work, 0.005)


CANCELLERS: list[Canceller] = [cancelled_task, wait_for]

if sys.version_info >= (3, 11):

    async def timeout(work: Coroutine[Any, Any, None], _begun: asyncio.Event) -> None:
        task = asyncio.current_task()
        assert task is not None
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.005):
                await work
        assert task.cancelling() == 0

    async def task_group(work: Coroutine[Any, Any, None], begun: asyncio.Event) -> None:
        async def fail() -> None:
            await begun.wait()
            raise KeyError

        with pytest.raises(ExceptionGroup) as raised:  # noqa: F821, PT012 - Python 3.11's; the group raises at its end
            async with asyncio.TaskGroup() as group:
                task = group.create_task(work)
                group.create_task(fail())
        assert [type(error) for error in raised.value.exceptions] == [KeyError]
        assert task.cancelled()

    CANCELLERS += [timeout, task_group]


async def test_the_work_ends_where_nobody_cancels() -> None:
    work = Work()
    await asyncio.wait_for(asyncio.gather(uncut(work.run()), work.answer()), SOON)
    assert work.said == ["step 0", "step 1", "step 2"]


@pytest.mark.parametrize("cancel", CANCELLERS)
async def test_a_cancellation_goes_on_once_the_work_has_ended(cancel: Canceller) -> None:
    work = Work()
    answering = asyncio.ensure_future(work.answer())
    await asyncio.wait_for(cancel(uncut(work.run()), work.begun), SOON)
    assert work.said == ["step 0", "step 1", "step 2"]
    await answering


@pytest.mark.parametrize("times", [2, 3, 7])
async def test_no_number_of_cancellations_cuts_it(times: int) -> None:
    work = Work()
    task = asyncio.ensure_future(uncut(work.run()))
    await work.begun.wait()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    await work.answer()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, SOON)
    assert work.said == ["step 0", "step 1", "step 2"]


async def test_a_cancellation_from_before_waits_too() -> None:
    work = Work()

    async def late() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await uncut(work.run())

    task = asyncio.ensure_future(late())
    await work.begun.wait()
    await work.answer()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, SOON)
    assert work.said == ["step 0", "step 1", "step 2"]


async def test_an_answer_and_a_cancellation_of_the_same_moment() -> None:
    work = Work(steps=1)
    task = asyncio.ensure_future(uncut(work.run()))
    await work.begun.wait()
    work.answers[0].set_result(None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, SOON)
    assert work.said == ["step 0"]


async def test_an_error_of_the_work_is_raised() -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise KeyError

    with pytest.raises(KeyError):
        await uncut(fail())


async def test_the_cancellation_wins_over_an_error_of_the_work() -> None:
    work = Work(steps=1)
    task = asyncio.ensure_future(uncut(work.run()))
    await work.begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    work.answers[0].set_exception(KeyError())
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, SOON)


async def test_work_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every wait that it has left is cancelled, one after the other, so that it can tidy up."""
    monkeypatch.setattr("trust_models.db.uncut.GRACE_SECONDS", 0.01)
    work, tidied = Work(), asyncio.get_running_loop().create_future()

    async def run() -> None:
        try:
            await work.run()
        finally:
            await tidied

    task = asyncio.ensure_future(uncut(run()))
    await work.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(task), SOON)
    assert work.said == ["given up"]
    assert work.answers[0].cancelled()
    assert tidied.cancelled()


async def test_it_is_given_up_only_after_the_time_of_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trust_models.db.uncut.GRACE_SECONDS", 0.2)
    work = Work()
    task = asyncio.ensure_future(uncut(work.run()))
    await work.begun.wait()
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=0.1)
    assert not done
    assert not work.answers[0].done()
    await work.answer()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.said == ["step 0", "step 1", "step 2"]
