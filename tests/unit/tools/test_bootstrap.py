"""The first file that runs on a machine: what it takes for installed, and how it speaks of failures."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from chatsite import bootstrap
from chatsite.bootstrap import Failure


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with lock files, a Python and nothing installed."""
    for name in ("requirements.txt", "requirements-dev.txt", "package-lock.json"):
        (tmp_path / name).write_text(f"{name}==1")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "node_modules").mkdir()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(bootstrap, "NODE_MODULES", tmp_path / "node_modules")
    return tmp_path


def stamp_all(development: bool) -> None:
    bootstrap._write_stamp(bootstrap._python_stamp(development))
    bootstrap._write_stamp(bootstrap._npm_stamp(development))


def test_an_unstamped_folder_is_incomplete(folder: Path) -> None:
    assert not bootstrap.is_complete()
    stamp_all(development=False)
    assert bootstrap.is_complete()
    assert not bootstrap.is_complete(development=True)


@pytest.mark.parametrize("lock", ["requirements.txt", "package-lock.json"])
def test_a_changed_lock_file_makes_it_incomplete(folder: Path, lock: str) -> None:
    stamp_all(development=False)
    (folder / lock).write_text("something==2")
    assert not bootstrap.is_complete()


def test_another_python_behind_the_environment_makes_it_incomplete(folder: Path) -> None:
    stamp_all(development=False)
    bootstrap.PYTHON.unlink()
    bootstrap.PYTHON.symlink_to("/bin/sh")
    assert not bootstrap.is_complete()


def test_a_failed_command_is_told_with_its_last_words_and_the_way_on(folder: Path) -> None:
    with pytest.raises(Failure) as failed:
        bootstrap._run([sys.executable, "-c", "print('no route to the registry'); raise SystemExit(3)"])
    assert "status 3" in str(failed.value)
    assert "no route to the registry" in str(failed.value)
    assert "online" in str(failed.value)


def test_an_old_python_is_told_which_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (99, 0))
    with pytest.raises(SystemExit, match="needs Python"):
        bootstrap.enter(["manage.py", "up"])


def test_pips_addresses_are_handed_to_uv(folder: Path) -> None:
    pip = [
        sys.executable,
        "-c",
        "print(\"global.index-url='https://mirror.example/simple'\\nglobal.timeout='9'\")",
        "--",
    ]
    command = bootstrap._uv_install(folder / "requirements.txt", pip)
    assert command[command.index("--default-index") + 1] == "https://mirror.example/simple"
    assert "--require-hashes" in command
    assert "9" not in command


def test_the_interrupted_installation_starts_afresh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def succeed(command: list[str]) -> bool:
        ran.append(command)
        return True

    left_behind = folder / ".venv" / "half"
    left_behind.touch()
    (folder / "requirements-installer.txt").touch()
    monkeypatch.setattr(bootstrap, "_pip", lambda: ["pip"])
    monkeypatch.setattr(bootstrap, "_uv_install", lambda lock, pip: ["uv", str(lock)])
    monkeypatch.setattr(bootstrap, "_try", succeed)
    monkeypatch.setattr(bootstrap, "_install_npm", lambda development: stamp_all(development))
    bootstrap.install()
    assert not left_behind.exists()
    assert ran[-1] == ["uv", str(folder / "requirements.txt")]
    assert bootstrap.is_complete()
