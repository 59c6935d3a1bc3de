"""The fair queue: nobody's prompts keep anybody else waiting for more than a turn."""

from __future__ import annotations

import asyncio

from conversations.generation.queue import FairQueue, Waiter


class Person:
    """Asks for turns and notes the order in which they came."""

    def __init__(self, queue: FairQueue, user: int, served: list[str]) -> None:
        self.queue = queue
        self.user = user
        self.served = served
        self.positions: dict[str, list[int]] = {}

    async def ask(self, name: str, until: asyncio.Event) -> None:
        seen = self.positions.setdefault(name, [])
        async with self.queue.turn(self.user, seen.append):
            self.served.append(name)
            await until.wait()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_ten_prompts_of_one_delay_the_other_by_one_turn() -> None:
    served: list[str] = []
    queue = FairQueue(slots=1)
    alice, bob = Person(queue, 1, served), Person(queue, 2, served)
    ends = [asyncio.Event() for _ in range(11)]
    tasks = [asyncio.create_task(alice.ask(f"alice {n}", ends[n])) for n in range(10)]
    await settle()
    tasks.append(asyncio.create_task(bob.ask("bob", ends[10])))
    await settle()
    assert bob.positions["bob"] == [2]
    for end in ends:
        end.set()
    await asyncio.gather(*tasks)
    assert served.index("bob") <= 2


async def test_positions_count_down_as_turns_end() -> None:
    served: list[str] = []
    queue = FairQueue(slots=1)
    alice = Person(queue, 1, served)
    ends = [asyncio.Event() for _ in range(3)]
    tasks = [asyncio.create_task(alice.ask(str(n), ends[n])) for n in range(3)]
    await settle()
    ends[0].set()
    await settle()
    assert alice.positions["2"] == [2, 1]
    for end in ends:
        end.set()
    await asyncio.gather(*tasks)


async def test_a_waiting_prompt_that_is_cancelled_leaves_the_line() -> None:
    served: list[str] = []
    queue = FairQueue(slots=1)
    alice, bob = Person(queue, 1, served), Person(queue, 2, served)
    ends = [asyncio.Event() for _ in range(3)]
    first = asyncio.create_task(alice.ask("first", ends[0]))
    await settle()
    second = asyncio.create_task(alice.ask("second", ends[1]))
    await settle()
    third = asyncio.create_task(bob.ask("third", ends[2]))
    await settle()
    second.cancel()
    await settle()
    assert bob.positions["third"][-1] == 1
    ends[0].set()
    ends[2].set()
    await asyncio.gather(first, third)
    assert served == ["first", "third"]
    async with queue.turn(3, lambda _position: None):
        pass  # the slot is free again


async def test_background_work_gives_way_to_a_person() -> None:
    queue = FairQueue(slots=1)
    was_cancelled = asyncio.Event()

    async def title() -> None:
        async with queue.spare_turn() as is_free:
            assert is_free
            try:
                await asyncio.Event().wait()
            finally:
                was_cancelled.set()

    background = asyncio.create_task(title())
    await settle()
    async with queue.turn(1, lambda _position: None):
        assert was_cancelled.is_set()
        async with queue.spare_turn() as is_free:
            assert not is_free
    await asyncio.gather(background, return_exceptions=True)
    assert background.cancelled()


async def test_a_turn_that_ends_while_the_next_in_line_is_cancelled_keeps_its_slot() -> None:
    served: list[str] = []
    queue = FairQueue(slots=1)
    alice, bob = Person(queue, 1, served), Person(queue, 2, served)
    forever = asyncio.Event()
    tasks = [asyncio.create_task(person.ask(name, forever)) for person, name in ((alice, "first"), (bob, "second"))]
    await settle()
    for task in tasks:  # as a drain does: both in one turn of the loop
        task.cancel()
    await asyncio.wait(tasks)
    assert [task.cancelled() for task in tasks] == [True, True]
    async with asyncio.timeout(60), queue.turn(3, lambda _position: None):
        pass  # the slot is free again


async def test_each_person_who_waits_sends_away_another_background_task() -> None:
    queue = FairQueue(slots=2)
    let_go = asyncio.Event()
    cancelled: list[int] = []

    async def title(number: int) -> None:
        async with queue.spare_turn():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(number)
                await let_go.wait()  # a connection is being closed
                raise

    titles = [asyncio.create_task(title(number)) for number in range(2)]
    await settle()
    people = [asyncio.create_task(Person(queue, user, []).ask("", let_go)) for user in (1, 2)]
    await settle()
    assert sorted(cancelled) == [0, 1]
    let_go.set()
    await asyncio.gather(*people, *titles, return_exceptions=True)


async def test_the_round_goes_on_over_several_queues() -> None:
    queues = [FairQueue(slots=1), FairQueue(slots=1)]
    served: list[str] = []
    positions: dict[str, list[int]] = {}

    async def ask(name: str) -> None:
        seen = positions.setdefault(name, [])
        await Waiter(ord(name[0]), seen.append).wait(queues)
        served.append(name)

    asking = [asyncio.create_task(ask(name)) for name in ("a1", "a2", "a3", "a4", "a5", "b1")]
    await settle()
    assert (served, positions["b1"], positions["a4"]) == (["a1", "a2"], [2], [2, 3])
    for queue in (queues[0], queues[1], queues[1], queues[0]):
        queue.release()
        await settle()
    assert served == ["a1", "a2", "a3", "b1", "a4", "a5"]
    assert [queue.waiting for queue in queues] == [0, 0]
    await asyncio.gather(*asking)


async def test_whoever_leaves_gives_up_one_place_and_not_the_round() -> None:
    queues = [FairQueue(slots=1), FairQueue(slots=1)]
    served: list[str] = []
    asking = {}

    async def ask(name: str) -> None:
        await Waiter(ord(name[0]), lambda _position: None).wait(queues)
        served.append(name)

    for name in ("x", "y", "a1", "a2", "b"):
        asking[name] = asyncio.create_task(ask(name))
        await settle()
    asking["a1"].cancel()
    await settle()
    queues[1].release()
    await settle()
    assert served == ["x", "y", "a2"]
    asking["b"].cancel()
    await settle()
    for queue in queues:
        queue.release()
        assert (queue.taken, queue.waiting) == (0, 0)
