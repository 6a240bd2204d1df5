"""Readings of a page end in the order in which they began."""

import asyncio

from webapp.app.kit.in_order import in_order


class Shown:
    def __init__(self) -> None:
        self.value = ""

    @in_order
    async def show(self, value: str, answer: asyncio.Event) -> None:
        await answer.wait()
        self.value = value


async def test_a_slow_older_answer_does_not_replace_a_newer_one() -> None:
    page, other = Shown(), Shown()
    slow, fast = asyncio.Event(), asyncio.Event()
    fast.set()
    older = asyncio.create_task(page.show("old", slow))
    await asyncio.sleep(0)
    newer = asyncio.create_task(page.show("new", fast))
    await other.show("its own", fast)  # another page waits for nobody
    slow.set()
    await asyncio.gather(older, newer)
    assert (page.value, other.value) == ("new", "its own")


async def test_a_failure_lets_the_next_one_begin() -> None:
    page, answer = Shown(), asyncio.Event()
    answer.set()
    failing = asyncio.create_task(page.show("x", asyncio.Event()))
    await asyncio.sleep(0)
    failing.cancel()
    await page.show("new", answer)
    assert page.value == "new"
