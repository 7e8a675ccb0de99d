"""Programs and libraries of Linux: found by their first bytes, made smaller, and told where to look."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def find_elf_files(folder: Path) -> Iterator[Path]:
    """All programs and libraries below `folder`, links left aside."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as stream:
                if stream.read(4) == b"\x7fELF":
                    yield path


def strip(path: Path) -> None:
    """Take out what only debuggers need."""
    subprocess.run(["strip", "--strip-unneeded", "--remove-section=.comment", str(path)], check=True)


def run_path(path: Path) -> list[str]:
    """The folders where the loader looks for what this file needs; `$ORIGIN` is where it lies itself."""
    asked = ["patchelf", "--print-rpath", str(path)]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True)
    return [each for each in answer.stdout.strip().split(":") if each]


def make_run_path_relative(path: Path) -> None:
    """Take absolute folders out of the run path: they are those of the machine that built the file."""
    before = run_path(path)
    after = [each for each in before if each.startswith("$ORIGIN")]
    if after != before:
        change = ["--set-rpath", ":".join(after)] if after else ["--remove-rpath"]
        subprocess.run(["patchelf", *change, str(path)], check=True)
