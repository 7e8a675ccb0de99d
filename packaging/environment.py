"""A virtual environment of the checkout: made, filled from a lock file, mended when that was cut short."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from product import read_version
from steps import CommandError, SetupError, run_logged, say, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNTIME_LOCK = "requirements.lock"
DEVELOPMENT_LOCK = "requirements-dev.lock"
BUILD_LOCK = "requirements-build.lock"

PYTHON_VERSION = ".".join(map(str, sys.version_info[:3]))
STAMP = "made-by-dev.json"
UNFINISHED = "unfinished-by-dev"
# Settings of pip that send packages elsewhere than into the environment.
DIVERTING_PIP_VARIABLES = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_DRY_RUN")
FOREIGN_PYTHON_VARIABLES = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
NETWORK_SIGNS = (
    "NewConnectionError",
    "ConnectTimeout",
    "name resolution",
    "Failed to establish",
    "getaddrinfo",
)


class Stamp(NamedTuple):
    """What an environment was made from; equal stamps mean that there is nothing to do."""

    python: str
    lock: str
    lock_hash: str
    project_hash: str
    packages: tuple[str, ...]


class Environment:
    """An environment in a checkout, and the folder for what the set-up and the tests write beside it.

    Args:
        checkout: Its project is installed in the environment.
        folder: Where the environment is; `.venv` in the checkout if it is None.
    """

    def __init__(self, checkout: Path, folder: Path | None = None) -> None:
        self.checkout = checkout
        self.folder = folder or checkout / ".venv"
        self.cache = checkout / ".cache"
        self._scratch = self.cache / "setup"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    def variables(self) -> dict[str, str]:
        """This process' environment variables without those that would lead to another Python."""
        ours = dict(os.environ)
        for name in FOREIGN_PYTHON_VARIABLES:
            ours.pop(name, None)
        return ours

    def temporary_folder(self) -> Path:
        """A folder for temporary files inside the checkout, made if need be."""
        folder = self.cache / "tmp"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def prepare(self, lock: str) -> None:
        """Bring the environment to the state that `lock` describes; quick when it is there already.

        Raises:
            SetupError: Something is missing or failed; the text says what to do.
        """
        lock = self._superset(lock)
        if self._stamp() == self._wanted(lock):
            return
        try:
            self.cache.mkdir(exist_ok=True)
            with self._alone():
                lock = self._superset(lock)
                present, wanted = self._stamp(), self._wanted(lock)
                if present != wanted:
                    self._update(present, wanted)
        except OSError as error:
            raise SetupError(f"The environment cannot be made in {self.checkout}: {error}") from error

    def _superset(self, lock: str) -> str:
        """`lock`, or the development lock once that is in: running the program must not take tools away."""
        present = self._stamp()
        return DEVELOPMENT_LOCK if present is not None and present.lock == DEVELOPMENT_LOCK else lock

    def _stamp(self) -> Stamp | None:
        if (self.folder / UNFINISHED).exists() or not self.python.exists():
            return None
        try:
            values = json.loads((self.folder / STAMP).read_text("utf-8"))
            return Stamp(**{**values, "packages": tuple(values["packages"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _wanted(self, lock: str) -> Stamp:
        text = (self.checkout / "packaging" / lock).read_bytes()
        project = [self.checkout / "pyproject.toml", self.checkout / "desktop_agent" / "__init__.py"]
        return Stamp(
            # Scripts in the environment name its folder: a moved checkout needs a new one.
            python=f"{sys.implementation.name} {PYTHON_VERSION} {self.folder}",
            lock=lock,
            lock_hash=hashlib.sha256(text).hexdigest(),
            project_hash=hashlib.sha256(b"".join(path.read_bytes() for path in project)).hexdigest(),
            packages=tuple(re.findall(r"^([A-Za-z0-9][\w.-]*)==", text.decode(), re.MULTILINE)),
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep out other set-ups of this checkout; the lock ends with the process, however that ends."""
        with (self.cache / "environment.lock").open("a+") as stream:
            # pip inherits it: should this process be killed, the next start waits until pip, too, has ended.
            os.set_inheritable(stream.fileno(), True)
            if not _try_lock(stream.fileno()):
                say("Another start of dev.py is making the environment; waiting for it …")
                _wait_for_lock(stream.fileno())
            yield

    def _update(self, present: Stamp | None, wanted: Stamp) -> None:
        log = self.cache / "logs" / "environment.log"
        log.unlink(missing_ok=True)
        shutil.rmtree(self._scratch, ignore_errors=True)  # what a set-up that was killed has left there
        self._scratch.mkdir(parents=True)
        fresh = not self._usable(present, wanted)
        if fresh:
            self._make(log)
        (self.folder / UNFINISHED).touch()
        (self.folder / STAMP).unlink(missing_ok=True)
        if fresh or present is None or (present.lock, present.lock_hash) != (wanted.lock, wanted.lock_hash):
            self._install(wanted, log)
            superfluous = set(present.packages).difference(wanted.packages) if present else set()
            if superfluous:
                self._pip(["uninstall", "--yes", *sorted(superfluous)], log)
        self._install_project(log)
        (self.folder / STAMP).write_text(json.dumps(wanted._asdict(), indent=1), "utf-8")
        (self.folder / UNFINISHED).unlink()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _usable(self, present: Stamp | None, wanted: Stamp) -> bool:
        """Whether packages can go into the environment as it is: whole, of this Python, in this place."""
        if present is not None:
            return present.python == wanted.python
        if (self.folder / UNFINISHED).exists() or not self.python.exists():
            return False
        # Somebody else made it (an editor, `python -m venv`): fine if it is of this Python and has pip.
        settings = (self.folder / "pyvenv.cfg").read_text("utf-8")
        same = re.search(rf"^version(_info)? *= *{re.escape(PYTHON_VERSION)}\b", settings, re.MULTILINE)
        return same is not None and any(self.folder.glob("[Ll]ib*/**/site-packages/pip/__main__.py"))

    def _make(self, log: Path) -> None:
        _check_this_python()
        if Path(sys.prefix) == self.folder:
            raise SetupError(
                f"This Python belongs to {self.folder.name}, which has to be made anew. "
                "Use your system's Python."
            )
        with timed(f"Making the environment ({self.folder.name}) with Python {PYTHON_VERSION}"):
            self._discard()
            self.folder.mkdir()
            (self.folder / UNFINISHED).touch()
            try:
                run_logged([sys.executable, "-m", "venv", str(self.folder)], log, self._setup_variables())
            except CommandError as error:
                raise SetupError(f"Python could not make the environment:\n{error.output}") from error

    def _discard(self) -> None:
        """Take the old environment away in one move: half-deleted it might look whole to another start."""
        if self.folder.exists():
            discarded = self._scratch / self.folder.name
            self.folder.rename(discarded)
            shutil.rmtree(discarded)

    def _setup_variables(self) -> dict[str, str]:
        temporary = str(self._scratch)
        ours = {
            **self.variables(),
            "PIP_PROGRESS_BAR": "off",
            "TMPDIR": temporary,
            "TMP": temporary,
            "TEMP": temporary,
        }
        for name in DIVERTING_PIP_VARIABLES:
            ours.pop(name, None)
        return ours

    def _pip(self, arguments: list[str], log: Path) -> str:
        options = ["--disable-pip-version-check", "--no-input"]
        command = [str(self.python), "-m", "pip", *options, *arguments]
        try:
            return run_logged(command, log, self._setup_variables())
        except CommandError as error:
            raise SetupError(_describe_pip_failure(error.output, log)) from error

    def _install(self, wanted: Stamp, log: Path) -> None:
        path = self.checkout / "packaging" / wanted.lock
        with timed(f"Installing the packages of packaging/{wanted.lock}") as results:
            # The lock is complete, so nothing is looked up beside it; wheels only, so nothing is built.
            output = self._pip(
                ["install", "--require-hashes", "--no-deps", "--only-binary=:all:", "-r", str(path)], log
            )
            results.append(_describe_installed(output))

    def _install_project(self, log: Path) -> None:
        """Install a wheel that only points at the checkout: it brings the commands, not the sources."""
        wheel = _write_pointing_wheel(self.checkout, self._scratch)
        self._pip(["install", "--no-deps", "--no-index", "--force-reinstall", str(wheel)], log)


def _check_this_python() -> None:
    from importlib.util import find_spec  # here, because it would slow down every start

    missing = [name for name in ("venv", "ensurepip") if find_spec(name) is None]
    if missing:
        raise SetupError(
            f"This Python ({sys.executable}) lacks its module {missing[0]}, which makes the environment.\n"
            "On Debian and Ubuntu it is in the package python3-venv: sudo apt-get install -y python3-venv"
        )


def _describe_pip_failure(output: str, log: Path) -> str:
    if any(sign in output for sign in NETWORK_SIGNS):
        lead = "pip could not reach the package index. Check the network or pip's settings, then try again."
    elif "HASHES" in output:
        lead = "A downloaded package is not the one that the lock file names; nothing was installed."
    else:
        lead = "pip could not install the packages."
    errors = [line for line in output.splitlines() if line.startswith("ERROR")] or [output]
    return "\n".join([lead, *errors, f"All that pip wrote is in {log}."])


def _describe_installed(output: str) -> str:
    installed = re.search(r"^Successfully installed (.+)$", output, re.MULTILINE)
    return f"{len(installed[1].split())} packages" if installed else "nothing was missing:"


def _write_pointing_wheel(checkout: Path, folder: Path) -> Path:
    """Write a wheel with the project's metadata and commands, and a .pth file that names the checkout.

    An editable install would do the same, but needs the build backend and a network or a second environment.
    """
    import tomllib  # these two here, because they would slow down every start
    import zipfile

    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    version = read_version(checkout)
    scripts = "".join(f"{name} = {target}\n" for name, target in project["scripts"].items())
    stem = f"{project['name'].replace('-', '_')}-{version}"
    files = {
        f"{stem.partition('-')[0]}.pth": f"{checkout}\n",
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{stem}.dist-info/entry_points.txt": f"[console_scripts]\n{scripts}",
    }
    files[f"{stem}.dist-info/RECORD"] = "".join(f"{name},,\n" for name in files)
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return wheel


if sys.platform == "win32":
    import msvcrt
    import time

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _wait_for_lock(descriptor: int) -> None:
        while not _try_lock(descriptor):
            time.sleep(0.2)

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait_for_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
