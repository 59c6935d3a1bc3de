"""Steps side by side: each is run once, with a data folder of its own, and told in its order."""

from __future__ import annotations

import os
import sys

from chatsite.checks.lanes import Lanes
from chatsite.checks.steps import Step


def printing(name: str, code: str = "") -> Step:
    program = (
        f"import os, pathlib; print(os.environ['DATA_DIR'], pathlib.Path(os.environ['DATA_DIR']).is_dir()); {code}"
    )
    return Step(name, (sys.executable, "-c", program))


def test_each_has_a_folder_of_its_own_and_is_told_in_its_order() -> None:
    with Lanes(dict(os.environ), at_once=2) as lanes:
        lanes.queue([printing("first"), printing("bad", "raise SystemExit(3)")])
        lanes.queue([printing("last")])
        told = [(step.name, outcome.result()) for step, outcome in lanes]
    assert [(name, outcome.passed, outcome.failed) for name, outcome in told] == [
        ("first", 1, 0), ("bad", 0, 1), ("last", 1, 0),
    ]  # fmt: skip
    folders = [outcome.output.split()[0] for _name, outcome in told]
    assert len(set(folders)) == 3
    assert [outcome.output.split()[1] for _name, outcome in told] == ["True"] * 3
    assert not any(map(os.path.exists, folders))
    assert all(outcome.seconds > 0 for _name, outcome in told)


def test_one_waits_for_the_next_free_lane_only(tmp_path: os.PathLike[str]) -> None:
    place = os.fspath(tmp_path)
    # Each of two waits for what the other writes: alone, neither would end.
    meeting = "import time\nopen('{0}/{1}', 'w').close()\nwhile not os.path.exists('{0}/{2}'): time.sleep(0.02)"
    some = [
        Step(name, (sys.executable, "-c", "import os\n" + meeting.format(place, name, other)))
        for name, other in (("one", "two"), ("two", "one"))
    ]
    with Lanes(dict(os.environ), at_once=2) as lanes:
        lanes.queue(some)
        assert [outcome.result().passed for _step, outcome in lanes] == [1, 1]
