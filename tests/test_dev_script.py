"""packaging/dev.py: what it finds out about the machine, what it says, and that it works from anywhere."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dev
import display
import environment
import qt_libraries
from display import Session, find_session
from environment import DEVELOPMENT_LOCK, RUNTIME_LOCK
from qt_libraries import Library, describe_missing, missing_libraries, package_names
from system_packages import DISTRIBUTIONS, Distribution, find_distribution

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEBIAN = DISTRIBUTIONS[0]
ONLY_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone lacks libraries")
ONLY_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs sockets with a path")


def start(checkout: Path, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    variables = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    return subprocess.run(
        [sys.executable, str(checkout / "packaging" / "dev.py"), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env=variables,
        check=False,
    )


# --- Qt's system libraries


def lacking(*sonames: str) -> Callable[[str], bool]:
    """A system that has every library but these."""
    return lambda soname: soname not in sonames


def sonames(libraries: tuple[Library, ...]) -> list[str]:
    return [library.soname for library in libraries]


def test_nothing_is_missing_on_a_complete_system() -> None:
    assert missing_libraries(["wayland", "xcb"], lacking()) == ()


def test_offscreen_needs_no_library_of_a_display() -> None:
    assert missing_libraries([], lacking("libxcb-cursor.so.0", "libwayland-client.so.0")) == ()


def test_base_library_is_missed_everywhere() -> None:
    assert sonames(missing_libraries([], lacking("libEGL.so.1"))) == ["libEGL.so.1"]
    assert sonames(missing_libraries(["xcb"], lacking("libEGL.so.1"))) == ["libEGL.so.1"]


def test_x11_needs_its_own_libraries() -> None:
    assert sonames(missing_libraries(["xcb"], lacking("libxcb-cursor.so.0"))) == ["libxcb-cursor.so.0"]


def test_one_complete_platform_of_two_is_enough() -> None:
    assert missing_libraries(["wayland", "xcb"], lacking("libxcb-cursor.so.0")) == ()


def test_of_two_incomplete_platforms_the_one_that_lacks_least_counts() -> None:
    system = lacking("libxcb-cursor.so.0", "libxcb-util.so.1", "libwayland-cursor.so.0")
    assert sonames(missing_libraries(["xcb", "wayland"], system)) == ["libwayland-cursor.so.0"]


def test_two_libraries_of_one_package_are_named_once() -> None:
    glib = missing_libraries([], lacking("libglib-2.0.so.0", "libgthread-2.0.so.0"))
    assert package_names(glib, DEBIAN) == ["libglib2.0-0"]


def test_package_is_named_as_this_release_names_it() -> None:
    libraries = missing_libraries([], lacking("libglib-2.0.so.0", "libEGL.so.1"))
    assert package_names(libraries, DEBIAN, renamed=["libglib2.0-0t64"]) == ["libglib2.0-0t64", "libegl1"]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda each: each.column)
def test_every_library_has_a_package_in_every_family(distribution: Distribution) -> None:
    everything = (*qt_libraries.BASE, *qt_libraries.XCB, *qt_libraries.WAYLAND)
    assert all(re.fullmatch(r"[A-Za-z0-9+_.-]+", name) for name in package_names(everything, distribution))
    assert len({library.soname for library in everything}) == len(everything)


@pytest.mark.parametrize(
    ("os_release", "column"),
    [
        ({"ID": "debian", "VERSION_ID": "12"}, "debian"),
        ({"ID": "ubuntu", "ID_LIKE": "debian"}, "debian"),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "debian"),
        ({"ID": "fedora"}, "fedora"),
        ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "fedora"),
        ({"ID": "arch"}, "arch"),
        ({"ID": "endeavouros", "ID_LIKE": "arch"}, "arch"),
        ({"ID": "opensuse-tumbleweed", "ID_LIKE": "opensuse suse"}, "suse"),
        ({"ID": "alpine"}, "alpine"),
        ({"ID": "nixos"}, None),
        ({}, None),
    ],
)
def test_distribution_is_recognised(os_release: Mapping[str, str], column: str | None) -> None:
    found = find_distribution(os_release)
    assert (found.column if found else None) == column


@pytest.mark.parametrize(
    ("identifier", "line"),
    [
        ("debian", "  sudo apt-get install -y --no-install-recommends libegl1 libxcb-cursor0"),
        ("fedora", "  sudo dnf install -y libglvnd-egl xcb-util-cursor"),
        ("arch", "  sudo pacman -S --needed libglvnd xcb-util-cursor"),
        ("suse", "  sudo zypper install -y Mesa-libEGL1 libxcb-cursor0"),
        ("alpine", "  sudo apk add mesa-egl xcb-util-cursor"),
    ],
)
def test_message_ends_with_the_line_to_type(identifier: str, line: str) -> None:
    libraries = missing_libraries(["xcb"], lacking("libEGL.so.1", "libxcb-cursor.so.0"))
    distribution = find_distribution({"ID": identifier})
    message = describe_missing(libraries, distribution)
    assert message.splitlines()[0].endswith("libEGL.so.1, libxcb-cursor.so.0.")
    assert message.splitlines()[-1] == line
    assert "sudo" not in describe_missing(libraries, distribution, as_root=True)


def test_message_on_an_unknown_system_names_the_libraries() -> None:
    message = describe_missing(missing_libraries([], lacking("libGL.so.1")), None)
    assert "libGL.so.1" in message
    assert "sudo" not in message


@ONLY_LINUX
def test_loader_is_asked() -> None:
    assert qt_libraries.can_load("libc.so.6") or qt_libraries.can_load("libc.musl-x86_64.so.1")
    assert not qt_libraries.can_load("libsuch-a-library-does-not-exist.so.9")


# --- The display


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (":0", "/tmp/.X11-unix/X0"),
        (":12.1", "/tmp/.X11-unix/X12"),
        ("unix:3", "/tmp/.X11-unix/X3"),
        ("localhost:10.0", ("localhost", 6010)),
        ("[::1]:1", ("::1", 6001)),
        ("nonsense", None),
        ("", None),
    ],
)
def test_x11_address(name: str, address: object) -> None:
    assert display.x11_address(name) == address


def test_wayland_address() -> None:
    relative = {"WAYLAND_DISPLAY": "wayland-0"}
    assert display.wayland_address(relative) is None
    assert display.wayland_address({**relative, "XDG_RUNTIME_DIR": "/run/u"}) == "/run/u/wayland-0"
    assert display.wayland_address({"WAYLAND_DISPLAY": "/s/way"}) == "/s/way"


BOTH = {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}


@pytest.mark.parametrize(
    ("variables", "system", "answering", "session"),
    [
        (BOTH, "linux", {"xcb", "wayland"}, Session(True, ("wayland", "xcb"))),
        (BOTH, "linux", {"xcb"}, Session(True, ("xcb",))),
        ({**BOTH, "QT_QPA_PLATFORM": "xcb"}, "linux", {"xcb", "wayland"}, Session(True, ("xcb",))),
        ({**BOTH, "QT_QPA_PLATFORM": "wayland;xcb"}, "linux", {"xcb"}, Session(True, ("xcb",))),
        ({"DISPLAY": ":7"}, "linux", set(), Session(False, (), "The display :7 does not answer.")),
        ({}, "linux", set(), Session(False, (), "There is no display here.")),
        ({"QT_QPA_PLATFORM": "xcb"}, "linux", set(), Session(False, (), "There is no display here.")),
        ({"QT_QPA_PLATFORM": "vnc:port=5901"}, "linux", set(), Session(True)),
        (
            {**BOTH, "QT_QPA_PLATFORM": "offscreen"},
            "linux",
            {"xcb"},
            Session(False, (), "QT_QPA_PLATFORM is offscreen."),
        ),
        ({"QT_QPA_PLATFORM": "minimal"}, "darwin", set(), Session(False, (), "QT_QPA_PLATFORM is minimal.")),
        ({}, "darwin", set(), Session(True)),
        ({}, "win32", set(), Session(True)),
    ],
)
def test_session(variables: dict[str, str], system: str, answering: set[str], session: Session) -> None:
    assert find_session(variables, system, lambda name, _: name in answering) == session


@ONLY_POSIX
def test_only_a_listening_display_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if sys.platform == "win32":
        return  # so that the type checker knows, too
    monkeypatch.chdir(tmp_path)  # a socket's path may have about 100 characters
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind("wayland-9")
        variables = {"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": "."}
        assert not display.display_answers("wayland", variables)
        compositor.listen()
        assert display.display_answers("wayland", variables)


def test_only_a_listening_x_server_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        name = f"127.0.0.1:{server.getsockname()[1] - display.X11_TCP_PORT}"
        assert display.display_answers("xcb", {"DISPLAY": name})
    assert not display.display_answers("xcb", {"DISPLAY": name})


# --- The command line


def test_unknown_command_names_the_known_ones(tmp_path: Path) -> None:
    result = start(dev.CHECKOUT, "biuld", folder=tmp_path)
    assert result.returncode == 2
    assert result.stderr == (
        "dev.py: There is no command 'biuld'. The commands are: run, test, check, bench, build.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["check", "me"], "check takes no arguments; it got me."),
        (["build", "--fast"], "build takes no arguments; it got --fast."),
        (["bench", "--quick"], "bench has no option --quick; it has --json."),
        (["bench", "no-such"], "There is no benchmark 'no-such'."),
    ],
)
def test_wrong_arguments_get_a_sentence(arguments: list[str], sentence: str) -> None:
    result = start(dev.CHECKOUT, *arguments)
    assert result.returncode == 2
    assert result.stderr.startswith(f"dev.py: {sentence}")
    assert len(result.stderr.splitlines()) == 1


def test_help_names_every_command() -> None:
    result = start(dev.CHECKOUT, "--help")
    assert result.returncode == 0
    assert all(re.search(rf"^  {name}\b", result.stdout, re.MULTILINE) for name in dev.COMMANDS)


# --- The environment, made for a checkout in miniature: no packages, so that no network is needed


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose program and demo only say that they ran, with an environment that `run` has made."""
    folder = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__", "*.lock")
    shutil.copytree(dev.CHECKOUT / "packaging", folder / "packaging", ignore=ignored)
    shutil.copy(dev.CHECKOUT / "pyproject.toml", folder)
    (folder / "desktop_agent").mkdir()
    (folder / "desktop_agent" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (folder / "desktop_agent" / "__main__.py").write_text(PROGRAM)
    (folder / "packaging" / "demo.py").write_text(DEMO)
    for lock in (RUNTIME_LOCK, DEVELOPMENT_LOCK):
        (folder / "packaging" / lock).write_text("# empty\n")
    result = start(folder, "run")
    assert result.returncode == 0, result.stderr
    return folder


PROGRAM = """
import sys
from importlib.metadata import version

def main() -> None:
    print("program", version("desktop-agent"), *sys.argv[1:])
    sys.exit(7)

if __name__ == "__main__":
    main()
"""
DEMO = "import os, sys; print('demo', os.environ['QT_QPA_PLATFORM'], *sys.argv[1:])\n"


def log_of(checkout: Path) -> Path:
    return checkout / ".cache" / "logs" / "environment.log"


def test_without_a_display_the_demo_plays(checkout: Path) -> None:
    result = start(checkout, "run")
    assert result.returncode == 0
    assert result.stdout == f"demo offscreen --output {checkout / 'demo-output'}\n"


def test_program_gets_its_arguments_and_gives_its_status(checkout: Path, tmp_path: Path) -> None:
    result = start(checkout, "run", "ask", "--json", "a b", folder=tmp_path)
    assert (result.returncode, result.stdout) == (7, "program 1.2.3 ask --json a b\n")
    assert not list(tmp_path.iterdir())


def test_command_of_the_environment_works_from_anywhere(checkout: Path, tmp_path: Path) -> None:
    command = environment.Environment(checkout).python.with_name("desktop-agent")
    result = subprocess.run([command, "list"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (result.returncode, result.stdout) == (7, "program 1.2.3 list\n")


def test_second_start_starts_no_pip(checkout: Path) -> None:
    log_of(checkout).unlink()  # pip never runs without writing it
    result = start(checkout, "run", "list")
    assert result.stderr == ""
    assert not log_of(checkout).exists()


def test_changed_lock_is_installed_into_the_same_environment(checkout: Path) -> None:
    made = (checkout / ".venv" / "pyvenv.cfg").stat().st_mtime_ns
    (checkout / "packaging" / RUNTIME_LOCK).write_text("# changed\n")
    result = start(checkout, "run", "list")
    assert "Installing the packages of packaging/requirements.lock" in result.stderr
    assert (checkout / ".venv" / "pyvenv.cfg").stat().st_mtime_ns == made
    assert start(checkout, "run", "list").stderr == ""


def test_environment_that_was_cut_short_is_made_anew_by_one_of_two_starts(checkout: Path) -> None:
    (checkout / ".venv" / environment.UNFINISHED).touch()
    (checkout / ".venv" / "left-over").touch()
    command = [sys.executable, str(checkout / "packaging" / "dev.py"), "run", "list"]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
        for _ in range(2)
    ]
    outputs = [process.communicate() for process in both]
    assert [output for output, _ in outputs] == ["program 1.2.3 list\n"] * 2
    progress = [errors for _, errors in outputs]
    assert sum("Making the environment" in each for each in progress) == 1
    assert sum("waiting for it" in each for each in progress) == 1
    assert not (checkout / ".venv" / "left-over").exists()


def test_runtime_lock_does_not_replace_the_development_lock(checkout: Path) -> None:
    made = environment.Environment(checkout)
    made.prepare(DEVELOPMENT_LOCK)
    log_of(checkout).unlink()
    made.prepare(RUNTIME_LOCK)
    assert not log_of(checkout).exists()
