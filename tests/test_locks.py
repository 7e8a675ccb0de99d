"""The lock files are complete, agree with pyproject.toml, and say nothing of the machine that made them."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import dev
from environment import BUILD_LOCK, DEVELOPMENT_LOCK, RUNTIME_LOCK

FOLDER = dev.CHECKOUT / "packaging"
LOCKS = (RUNTIME_LOCK, BUILD_LOCK, DEVELOPMENT_LOCK)


@dataclass(frozen=True)
class Pin:
    """One package of a lock file."""

    version: Version
    marker: str
    hashes: frozenset[str]


def read_pins(lock: str) -> dict[str, Pin]:
    lines = re.sub(r"#.*", "", (FOLDER / lock).read_text("utf-8")).replace("\\\n", " ").splitlines()
    pins: dict[str, Pin] = {}
    for line in filter(str.strip, lines):
        requirement = Requirement(line.partition("--hash")[0])
        operator, version = next((each.operator, each.version) for each in requirement.specifier)
        assert operator == "==", line
        hashes = frozenset(re.findall(r"--hash=(sha256:[0-9a-f]{64})(?=\s|$)", line))
        pins[canonicalize_name(requirement.name)] = Pin(Version(version), str(requirement.marker), hashes)
    return pins


def declared(extra: str | None = None) -> list[Requirement]:
    project = tomllib.loads((dev.CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    texts = project["dependencies"] if extra is None else project["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_index_and_no_place(lock: str) -> None:
    text = (FOLDER / lock).read_text("utf-8")
    assert not re.search(r"://|file:|@ ", text)
    options = set(re.findall(r"(?<!\S)(-{1,2}[a-z][\w-]*)", re.sub(r"^#.*", "", text, flags=re.MULTILINE)))
    assert options <= {"--hash", "-c"}  # -c: a comment of the development lock names the runtime lock
    assert "/" not in text.replace("packaging/requirements", "").replace("(pyproject.toml)", "")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock: str) -> None:
    pins = read_pins(lock)
    assert len(pins) > 20
    assert [name for name, pin in pins.items() if not pin.hashes] == []


@pytest.mark.parametrize(
    ("lock", "extra"), [(RUNTIME_LOCK, None), (BUILD_LOCK, "build"), (DEVELOPMENT_LOCK, "dev")]
)
def test_every_declared_dependency_is_locked(lock: str, extra: str | None) -> None:
    pins = read_pins(lock)
    for requirement in declared(extra):
        assert pins[canonicalize_name(requirement.name)].version in requirement.specifier, str(requirement)


@pytest.mark.parametrize("lock", [BUILD_LOCK, DEVELOPMENT_LOCK])
def test_other_locks_hold_the_runtime_lock_unchanged(lock: str) -> None:
    assert read_pins(RUNTIME_LOCK).items() <= read_pins(lock).items()


def test_packages_that_must_stay_within_limits() -> None:
    pins = read_pins(RUNTIME_LOCK)
    assert pins["pyside6-essentials"].version < Version("6.12")
    assert pins["openai"].version >= Version("3.50")  # from there on it rides on httpx2
    assert "aiohttp" not in read_pins(DEVELOPMENT_LOCK)  # openai would import it at every start


def test_locked_packages_need_nothing_else() -> None:
    # They are installed with --no-deps, so an incomplete lock would only show when something is imported.
    result = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
