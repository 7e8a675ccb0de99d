"""What `build` makes: the archives for pip, and the program for the system that it runs on, into `dist/`."""

from __future__ import annotations

import hashlib
import lzma
import shutil
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import build_tools
import debian_package
import disk_image
import linux_tree
import windows_installer
from bill_of_materials import bill_of_materials
from environment import BUILD_LOCK, Environment
from freezing import Frozen, freeze
from licences import write_licences
from parts import Part, find_parts
from product import NAME, Product, this_product
from steps import CommandError, SetupError, run_logged, say, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Release:
    """One build: where its files arise and where they go.

    Args:
        checkout: What is built.
    """

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.environment = Environment(checkout, checkout / ".cache" / "build-environment")
        self.work = checkout / ".cache" / "build"
        self.log = checkout / ".cache" / "logs" / "build.log"
        self.product: Product = this_product(checkout)
        self.artifacts: list[Path] = []

    def make(self) -> None:
        """Build everything.

        Raises:
            SetupError: Something is missing or failed; the text says what to do.
        """
        build_tools.provide(self.log.with_name("system-packages.log"))
        self.environment.prepare(BUILD_LOCK)
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        self.log.unlink(missing_ok=True)
        self._write_python_archives()
        frozen = freeze(self.environment, self.product, self.work, self.log)
        parts = self._parts(frozen)
        if self.product.system == "linux":
            self._write_for_linux(frozen, parts)
        else:
            self._write_for_others(frozen, parts)
        self._write_sums()
        self._hand_over()

    def _write_python_archives(self) -> None:
        folder = self.work / "archives"
        command = [str(self.environment.python), "-m", "hatchling", "build", "-d", str(folder)]
        temporary = str(self.environment.temporary_folder())
        variables = {**self.environment.variables(), "SOURCE_DATE_EPOCH": str(self.product.epoch)}
        variables.update(dict.fromkeys(("TMPDIR", "TMP", "TEMP"), temporary))
        with timed("Writing the wheel and the source archive"):
            try:
                run_logged(command, self.log, variables, self.checkout)
            except CommandError as error:
                raise SetupError(f"The archives could not be written:\n{error.output}") from error
            for path in sorted(folder.iterdir()):
                path.replace(self._target(path.name))

    def _parts(self, frozen: Frozen) -> list[Part]:
        packages = next(self.environment.folder.glob("[Ll]ib*/**/site-packages"))
        try:
            parts = find_parts(frozen.sources, packages, self.checkout / "resources")
            write_licences(parts, self.checkout / "LICENSE", self.work / "licences")
        except ValueError as error:  # before any archive is written
            raise SetupError(str(error)) from error
        return parts

    def _write_for_linux(self, frozen: Frozen, parts: Sequence[Part]) -> None:
        tree = self.work / self.product.stem
        linux_tree.lay_out(frozen, self.product, parts, self.checkout, tree)
        archive = self._target(f"{self.product.stem}.tar.xz")
        with timed("Writing the archive for Linux"):
            write_archive(tree, self.product.epoch, archive)
        self._write_bill(archive, parts)
        if shutil.which("dpkg-deb") is None:
            say("  dpkg-deb is not here: there is no package for Debian in this build.")
            return
        package = self._target(f"{NAME}_{self.product.version}_{self.product.debian_machine}.deb")
        with timed("Writing the package for Debian and its relatives"):
            left = debian_package.leave_to_system(tree, parts, self.checkout)
            debian_package.write_package(tree, self.product, left, self.work, package)
        self._write_bill(package, left)

    def _write_for_others(self, frozen: Frozen, parts: Sequence[Part]) -> None:
        write: Callable[..., None]
        if sys.platform == "win32":
            write, suffix = windows_installer.write_installer, "-setup.exe"
        else:
            write, suffix = disk_image.write_image, ".dmg"
        inside = frozen.folder / "Contents" / "Resources" if sys.platform == "darwin" else frozen.folder
        shutil.copytree(self.work / "licences", inside / "licences")
        target = self._target(f"{self.product.stem}{suffix}")
        with timed(f"Writing {target.name}"):
            write(frozen, self.product, self.work, target, self.log)
        self._write_bill(target, parts)

    def _hand_over(self) -> None:
        """Move what was made to `dist/`, all at once: one that is cut short leaves the files of the last."""
        folder = self.checkout / "dist"
        folder.mkdir(exist_ok=True)
        for made in self.artifacts:
            path = made.replace(folder / made.name)
            say(f"{path.relative_to(self.checkout)}  {path.stat().st_size / 1e6:,.1f} MB")
        shutil.rmtree(self.work)

    def _target(self, name: str) -> Path:
        """A file that is given out in the end."""
        path = self.work / "dist" / name
        path.parent.mkdir(exist_ok=True)
        self.artifacts.append(path)
        return path

    def _write_bill(self, artifact: Path, parts: Sequence[Part]) -> None:
        text = bill_of_materials(self.product, artifact.name, parts)
        self._target(f"{artifact.name}.cdx.json").write_text(text, "utf-8")

    def _write_sums(self) -> None:
        # The archives for pip are the same everywhere; those made on Linux are given out.
        for_pip = (".whl", ".gz") if self.product.system != "linux" else ()
        text = checksums([path for path in self.artifacts if path.suffix not in for_pip])
        self._target(f"{self.product.stem}.sha256").write_text(text, "utf-8", newline="\n")


def checksums(paths: Sequence[Path]) -> str:
    """What `sha256sum` prints of these files, in the order of their names; `sha256sum -c` takes it."""
    lines = []
    for path in sorted(paths, key=lambda each: each.name):
        with path.open("rb") as stream:
            lines.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {path.name}\n")
    return "".join(lines)


def write_archive(tree: Path, epoch: int, target: Path) -> None:
    """Write `tree` as .tar.xz: the same bytes for the same files, owned by nobody in particular."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = epoch
        is_program = member.isdir() or member.mode & 0o111
        member.mode = 0o755 if is_program else 0o644
        return member

    with lzma.open(target, "wb", preset=6) as stream, tarfile.open(fileobj=stream, mode="w") as archive:
        archive.add(tree, tree.name, recursive=False, filter=plain)
        for path in sorted(tree.rglob("*")):
            archive.add(path, str(Path(tree.name) / path.relative_to(tree)), recursive=False, filter=plain)
