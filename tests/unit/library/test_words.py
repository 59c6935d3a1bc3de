"""Numbers and states of the library as people read them, and parameters as they write them."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from conversations.faults import FAULTS, LIBRARY, fault, library_fault
from conversations.library.listing import view_of
from conversations.models.library_job import JobKind, JobState, LibraryJob
from conversations.templatetags import library as words
from conversations.views.library.forms import parameters


@pytest.mark.parametrize(("count", "text"), [
    (None, ""), (0, "0 B"), (999, "999 B"), (1_000, "1 kB"), (12_345, "12 kB"), (1_500_000, "1.5 MB"),
    (270_886_336, "271 MB"), (999_700_000, "1.0 GB"), (2_019_393_189, "2.0 GB"), (4.1e12, "4.1 TB"),
])  # fmt: skip
def test_sizes(count: float | None, text: str) -> None:
    assert words.size(count) == text


def test_sizes_follow_the_language() -> None:
    with translation.override("de"):
        assert words.size(1_500_000) == "1,5 MB"


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (0, "0 s"), (59, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_durations(seconds: int | None, text: str) -> None:
    assert words.duration(seconds) == text


def test_what_expires_is_told_from_now() -> None:
    assert words.until(timezone.now() + timedelta(minutes=4, seconds=58)) == "5 min 0 s"
    assert words.until(timezone.now() - timedelta(minutes=4)) == "0 s"


@pytest.mark.parametrize(
    ("count", "text"), [(None, ""), (131072, "128K"), (40960, "40K"), (1000, "1,000"), (512, "512")]
)
def test_context_lengths(count: int | None, text: str) -> None:
    assert words.tokens(count) == text


def test_capabilities_are_words_in_one_order_and_unknown_ones_stay() -> None:
    assert words.capabilities(frozenset({"tools", "telepathy", "completion"})) == ["Chat", "Tools", "telepathy"]
    assert words.capabilities(None) == []


def job(state: str = JobState.RUNNING, **progress: object) -> LibraryJob:
    return LibraryJob(pk=uuid4(), kind=JobKind.PULL, model_name="m", backend_name="b", state=state, progress=progress)


def test_a_status_is_told_in_words_and_an_unknown_one_as_it_came() -> None:
    assert words.status(view_of(job())) == "Asking the model server"
    assert words.status(view_of(job(status="pulling 970aa74c0a90"))) == "Downloading"
    assert words.status(view_of(job(status="polishing"))) == "polishing"
    assert words.status(view_of(job(JobState.INTERRUPTED, status="pulling 970aa74c0a90"))) == "Interrupted"


def test_a_job_is_not_at_100_percent_before_it_is() -> None:
    assert view_of(job(total=1000, completed=999)).percent == 99
    assert view_of(job(total=1000, completed=1000)).percent == 100
    assert view_of(job()).percent == 0


def test_what_the_process_knows_is_newer_than_the_row_until_it_has_ended() -> None:
    row = job(total=10, completed=1)
    assert view_of(row, {"total": 10, "completed": 5}).completed == 5
    row.state = JobState.COMPLETE
    assert view_of(row, {"total": 10, "completed": 5}).completed == 1


def test_parameters_are_read_as_a_modelfile_has_them() -> None:
    text = 'temperature 0.7\n\nPARAMETER num_ctx 8192\nstop "END OF TURN"\nstop ###\nuse_mmap true'
    assert parameters(text) == {
        "temperature": 0.7, "num_ctx": 8192, "stop": ["END OF TURN", "###"], "use_mmap": True,
    }  # fmt: skip
    assert parameters("  \n") == {}


@pytest.mark.parametrize(("text", "reason"), [
    ("temperature", "“temperature” has no value."),
    ("colour blue", "“colour” is no parameter."),
    ("keep_alive 5m", "“keep_alive” is no parameter."),
    ("temperature 9", "from 0 to 5"),
    ("num_ctx many", "from 4 to 10,000,000"),
    ("stop " + "x" * 201, "at most 200 characters"),
])  # fmt: skip
def test_a_bad_parameter_is_named_with_its_limit(text: str, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parameters(text)
    assert reason in " ".join(caught.value.messages)


def test_a_fault_of_the_library_does_not_speak_of_messages() -> None:
    assert "message" not in str(library_fault("upstream_down").advice)
    assert "message" in str(fault("upstream_down").advice)
    assert fault("disk_full") is LIBRARY["disk_full"]
    assert library_fault("too_much_context") is FAULTS["too_much_context"]
    assert library_fault("nonsense") is LIBRARY["internal"]
