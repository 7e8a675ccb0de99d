"""Tries the Debian package as a person would: on a bare Debian 12, installed, used, and taken away again.

Usage, as root on Debian: python3 packaging/check_package.py [PACKAGE] [--work FOLDER]

It needs debootstrap, xvfb, xdotool, imagemagick, openssl, lintian, desktop-file-utils and appstream. It makes
two systems below FOLDER (.cache/package-check; they are kept for the next time), and leaves pictures there of
what was on the screen. The exit status is 1 if anything is not as it has to be.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parent.parent
MOST_DOWNLOADED: Final = 65e6
MOST_INSTALLED: Final = 210e6
WINDOW_SECONDS: Final = 60.0

_PERSON: Final = "person"
_PROGRAM: Final = "desktop-agent"
_WINDOW: Final = "Desktop Agent"
_TOOLS: Final = (
    *("adwaita-icon-theme", "dbus", "dbus-x11", "desktop-file-utils", "gnome-keyring", "libglib2.0-bin"),
    *("libgtk-3-bin", "pcmanfm", "shared-mime-info"),
)
_INSTALL: Final = "apt-get install -y --no-install-recommends"
_ENTRY: Final = f"/usr/share/applications/{_PROGRAM}.desktop"
_FIRST_ICON: Final = ("208", "126")
"""Where PCManFM draws the first thing of a folder, in pixels."""
_NOON: Final = "2026-01-01T12:00:00Z"
_SAMPLE: Final = {
    "format": "desktop-agent-conversations",
    "version": 1,
    "program": "check_package.py",
    "exported_at": _NOON,
    "conversations": [
        {
            "uid": "c" * 32,
            "title": "Opened by a double-click",
            "title_origin": "user",
            "created_at": _NOON,
            "updated_at": _NOON,
            "pinned": False,
            "deleted_at": None,
            "head": "a" * 32,
            "messages": [
                {
                    "uid": "a" * 32,
                    "parent": None,
                    "created_at": _NOON,
                    "state": "complete",
                    "interrupted": False,
                    "message": {
                        "id": "1",
                        "type": "TextMessage",
                        "source": "user",
                        "content": "Is this conversation shown?",
                        "created_at": _NOON,
                        "metadata": {},
                        "models_usage": None,
                    },
                    "events": [],
                    "details": {},
                }
            ],
        }
    ],
}
# Folders that pass, that only list packages, or that are a person's own.
_PASSING: Final = frozenset(
    (
        *("dev", "home", "proc", "root", "run", "sys", "tmp"),
        "var/cache",
        "var/lib/apt",
        "var/lib/dpkg",
        "var/log",
    )
)
# In namespaces of their own, so that what is mounted and started ends with the command.
_NAMESPACES: Final = ("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child")
_ENTER: Final = """
root=$1; shift
mount --bind /dev "$root/dev"; mount -t proc proc "$root/proc"; mount -t tmpfs tmpfs "$root/run"
mkdir -p -m 1777 "$root/tmp/.X11-unix"; mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \\
    DEBIAN_FRONTEND=noninteractive DISPLAY="$DISPLAY" "$@"
"""


class CheckError(Exception):
    """Something is not as it has to be; the text says what."""


class System:
    """A Debian in a folder.

    Args:
        folder: Its root.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, script: str, *, as_person: bool = False) -> str:
        """Run a shell script in it, as root or as a person, and return what it prints.

        Raises:
            CheckError: It ended with another status than 0.
        """
        done = subprocess.run(
            self._command(script, as_person=as_person), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CheckError(f"{script}\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout

    @contextmanager
    def running(self, script: str) -> Iterator[None]:
        """Run a shell script in it as a person; it and all that it has started end with the block."""
        with subprocess.Popen(
            self._command(script, as_person=True), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                yield
            finally:
                process.kill()

    def listing(self) -> dict[str, str]:
        """All files, but for those in passing folders, with what can be seen of them from outside."""
        found = {}
        for folder, names, files in os.walk(self.folder):
            place = Path(folder).relative_to(self.folder)
            names[:] = [name for name in names if str(place / name) not in _PASSING]
            for name in [*names, *files]:
                path = Path(folder, name)
                status = path.lstat()
                size = 0 if path.is_dir() else status.st_size
                found[str(place / name)] = f"{status.st_mode:o} {status.st_uid} {status.st_gid} {size}"
        return found

    def _command(self, script: str, *, as_person: bool) -> list[str]:
        enter = [*_NAMESPACES, "bash", "-ec", _ENTER, "-", str(self.folder)]
        if as_person:
            return [*enter, "su", _PERSON, "-c", f"cd; export XDG_RUNTIME_DIR=/home/{_PERSON}/run; {script}"]
        return [*enter, "sh", "-c", script]


def make_system(folder: Path, packages: Sequence[str] = ()) -> System:
    """A Debian 12 as debootstrap makes it, with a person and these packages; kept for the next time."""
    system = System(folder)
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        # With what even the smallest Debian that somebody uses has, and which leaves traces of its own.
        _run("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(folder))
        (folder / "etc" / "hosts").write_text("127.0.0.1 localhost\n", "utf-8")
        system.run(
            f"useradd -m {_PERSON} && install -d -m 700 -o {_PERSON} /home/{_PERSON}/run && apt-get update"
        )
        if packages:
            system.run(f"{_INSTALL} {' '.join(packages)}")
        (folder / "made").touch()
    return system


@contextmanager
def display() -> Iterator[None]:
    """A screen that nobody sees, for the length of the block."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as numbers:
                os.environ["DISPLAY"] = f":{numbers.readline().strip()}"
            yield
        finally:
            server.terminate()


def wait_for_window(title: str) -> str:
    """Wait until a window with this title is on the screen; its number.

    Raises:
        CheckError: There is none in time.
    """
    end = time.monotonic() + WINDOW_SECONDS
    while time.monotonic() < end:
        asked = ["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"]
        found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
        if found:
            return found[0]
        time.sleep(0.1)
    raise CheckError(f"No window {title!r} came within {WINDOW_SECONDS:.0f} s.")


class Check:
    """All checks of one package.

    Args:
        package: The .deb file.
        work: The folder for systems and pictures.
    """

    def __init__(self, package: Path, work: Path) -> None:
        self.package = package
        self.work = work

    def all(self) -> int:
        """Run every check, also after one has failed; the exit status."""
        status = 0
        bare = make_system(self.work / "bare")
        desktop = make_system(self.work / "desktop", _TOOLS)
        with display():
            for title, check in (
                ("size", self.size),
                ("desktop entry, metainfo, lintian", self.forms),
                ("bare system: install, start, remove", lambda: self.bare(bare)),
                ("gtk-launch", lambda: self.launched(desktop, f"gtk-launch {_PROGRAM}", "gtk-launch")),
                ("gio launch", lambda: self.launched(desktop, f"gio launch {_ENTRY}", "gio-launch")),
                ("double-click on the program", lambda: self.clicked(desktop, "Programs", "click")),
                ("double-click on conversations", lambda: self.clicked(desktop, "Documents", "open")),
                ("keychain", lambda: self.keychain(desktop)),
                ("TLS", lambda: self.tls(desktop)),
            ):
                try:
                    print(f"ok      {title}: {check()}", flush=True)
                except CheckError as error:
                    status = 1
                    print(f"FAILED  {title}: {error}", flush=True)
        return status

    def size(self) -> str:
        """Bytes to download and bytes installed."""
        kilobytes = _run("dpkg-deb", "-f", str(self.package), "Installed-Size")
        download, installed = self.package.stat().st_size, int(kilobytes) * 1024
        text = f"{download / 1e6:.1f} MB to download, {installed / 1e6:.0f} MB installed"
        if download > MOST_DOWNLOADED or installed > MOST_INSTALLED:
            raise CheckError(text)
        return text

    def forms(self) -> str:
        """What Debian's own tools say about the files."""
        unpacked = self.work / "unpacked"
        shutil.rmtree(unpacked, ignore_errors=True)
        _run("dpkg-deb", "-x", str(self.package), str(unpacked))
        share = unpacked / "usr" / "share"
        _run("desktop-file-validate", *map(str, (share / "applications").iterdir()))
        _run("appstreamcli", "validate", "--no-net", *map(str, (share / "metainfo").iterdir()))
        said = _run("lintian", "--allow-root", "--fail-on", "error,warning", str(self.package))
        shutil.rmtree(unpacked)
        return said.strip() or "nothing to object to"

    def bare(self, system: System) -> str:
        """Install on a system that has nothing, open the window, remove; nothing may be left or changed."""
        remove = f"apt-get purge -y --autoremove {_PROGRAM}"
        system.run(f"{remove} || true")  # what a check that failed has left
        before = system.listing()
        said = self._install(system)
        with system.running(f"{_PROGRAM} --demo"):
            seconds = self._window("bare")
        report = system.run(f"{_PROGRAM} doctor --full", as_person=True)
        system.run(remove)
        after = system.listing()
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        if changed:
            raise CheckError(f"Left or changed: {', '.join(sorted(changed)[:20])}")
        new = next((line for line in said.splitlines() if "newly installed" in line), "")
        return f"{new} Window after {seconds:.1f} s. {report.splitlines()[-1]} Nothing is left or changed."

    def launched(self, system: System, command: str, picture: str) -> str:
        """Start it as a desktop does."""
        self._install(system)
        with system.running(f"dbus-run-session -- sh -c '{command}; sleep 600'"):
            return f"window after {self._window(picture):.1f} s"

    def clicked(self, system: System, folder: str, picture: str) -> str:
        """Click twice on the one thing in a folder of the file manager PCManFM."""
        self._install(system)
        home = system.folder / "home" / _PERSON
        settings = home / ".config" / "libfm" / "libfm.conf"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(
            "[config]\nquick_exec=1\n", "utf-8"
        )  # do not ask whether a program is to be started
        for name in ("Programs", "Documents"):
            (home / name).mkdir(exist_ok=True)
        link = home / "Programs" / f"{_PROGRAM}.desktop"
        link.unlink(missing_ok=True)
        link.symlink_to(_ENTRY)
        (home / "Documents" / f"Two days.{_PROGRAM}.json").write_text(json.dumps(_SAMPLE), "utf-8")
        system.run(f"chown -R {_PERSON} /home/{_PERSON}")
        with system.running(f"dbus-run-session -- sh -c 'pcmanfm --no-desktop ~/{folder}; sleep 600'"):
            manager = wait_for_window(folder)
            _run("xdotool", "windowsize", "--sync", manager, "640", "480")
            time.sleep(2)  # the manager does not tell when it has drawn the folder
            _run("import", "-window", "root", str(self.work / f"{picture}-before.png"))
            click = ["click", "--repeat", "2", "--delay", "80", "1"]
            _run("xdotool", "mousemove", "--window", manager, *_FIRST_ICON, *click)
            return f"window after {self._window(picture):.1f} s"

    def keychain(self, system: System) -> str:
        """Store, read and delete an entry of a real keychain, from the installed program."""
        self._install(system)
        unlock = "echo -n secret | gnome-keyring-daemon --unlock --components=secrets"
        report = system.run(
            f"dbus-run-session -- sh -c '{unlock} >/dev/null 2>&1; {_PROGRAM} doctor --keychain'",
            as_person=True,
        )
        return _line(report, "keychain")

    def tls(self, system: System) -> str:
        """Ask a server on this machine, whose certificate only the system's own list of authorities knows.

        First without that entry: then the program has to refuse.
        """
        self._install(system)
        sys.path.insert(0, str(CHECKOUT / "tests"))
        from loopback import LoopbackServer, Reply, make_certificate

        certificate = make_certificate(self.work)
        if certificate is None:
            raise CheckError("No certificate could be made: openssl is not here.")
        known = system.folder / "usr" / "local" / "share" / "ca-certificates" / "check.crt"
        with LoopbackServer(Reply(text="Hello"), certificate=certificate) as server:
            ask = f"OPENAI_API_KEY=none OPENAI_BASE_URL={server.base_url} {_PROGRAM} doctor --network; true"
            known.unlink(missing_ok=True)
            system.run("update-ca-certificates --fresh")
            refused = _line(system.run(ask, as_person=True), "network")
            shutil.copy(certificate.certificate, known)
            system.run("update-ca-certificates --fresh")
            accepted = _line(system.run(ask, as_person=True), "network")
        if not refused.startswith("problem") or " answers" not in accepted:
            raise CheckError(f"unknown authority: {refused}; known: {accepted}")
        return f"unknown authority: {refused}; known: {accepted}"

    def _install(self, system: System) -> str:
        # As at a first start, without what programs that were killed have left.
        system.run(f"rm -rf /home/{_PERSON}/.local /home/{_PERSON}/run/*")
        shutil.copy(self.package, system.folder / "tmp" / "package.deb")
        return system.run(f"{_INSTALL} /tmp/package.deb")

    def _window(self, picture: str) -> float:
        started = time.monotonic()
        wait_for_window(_WINDOW)
        seconds = time.monotonic() - started
        time.sleep(5)  # for the picture alone
        _run("import", "-window", "root", str(self.work / f"{picture}.png"))
        return seconds


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CheckError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def _line(report: str, topic: str) -> str:
    """What `doctor` says about a topic."""
    found = (" ".join(line.split()) for line in report.splitlines() if line.split()[1:2] == [topic])
    return next(found, f"nothing about {topic}")


def main() -> int:
    """Check a package; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", type=Path, nargs="?", help="the .deb file; by default the newest in dist/")
    parser.add_argument("--work", type=Path, default=CHECKOUT / ".cache" / "package-check")
    options = parser.parse_args()
    built = sorted((CHECKOUT / "dist").glob("*.deb"), key=lambda path: path.stat().st_mtime)
    package = options.package or (built[-1] if built else None)
    if package is None:
        sys.exit("There is no package in dist/. Build it first: python3 packaging/dev.py build")
    if os.geteuid() != 0:
        sys.exit("Only root can make systems in folders. Start this as root.")
    options.work.mkdir(parents=True, exist_ok=True)
    return Check(package.resolve(), options.work.resolve()).all()


if __name__ == "__main__":
    sys.exit(main())
