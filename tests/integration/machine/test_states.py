"""Two people, three tabs each, in any order: at rest every tab shows what the database has, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.headless.answers import Known
from tests.integration.machine.steps import Machine
from tests.integration.machine.world import TABS, World
from tests.sites import Site

# Not shrunk: a failing example is told with its steps, and a smaller one would take minutes to find.
BOUNDS = hypothesis.settings(max_examples=6, stateful_step_count=40, phases=(hypothesis.Phase.generate,), database=None)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    upstream = Known(rate=400)
    with upstream:
        site = Site(tmp_path_factory.mktemp("world"), OLLAMA_HOST=upstream.address, OLLAMA_NUM_PARALLEL="3").start()
        try:
            world = World(site, upstream)
            yield world
            world.close()
        finally:
            site.close()


def test_at_rest_every_tab_equals_the_database(world: World) -> None:
    Machine.world = world
    run_state_machine_as_test(Machine, settings=BOUNDS)
    assert "Traceback" not in world.site.output


def test_a_reply_on_another_branch_that_goes_on_brings_every_tab_there(world: World) -> None:
    async def go_on_elsewhere() -> None:
        await world.begin()
        page = world.pages[0]
        world.say(page, "cut short")
        await world.rest()
        early = page.transcript.articles[-1]
        assert early.state == "interrupted"
        page.regenerate(early)
        await world.rest()
        assert page.transcript.leaf != early.id
        page.send(type="continue", reply=early.id)
        await world.quiet()
        await world.rest()
        assert [each.transcript.leaf for each in world.pages[:TABS]] == [early.id] * TABS

    world.run(go_on_elsewhere())
