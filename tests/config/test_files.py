"""Files that a person asked for: whole or not at all, never over something unasked, faults as sentences."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_agent.config.files import ExportError, TargetExistsError, as_utf8, replacing

posix = pytest.mark.skipif(sys.platform == "win32", reason="files of POSIX")


def write(path: Path, content: bytes = b"new", *, may_replace: bool = False) -> None:
    with replacing(path, may_replace=may_replace) as file:
        file.write(content)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_file_is_replaced_only_if_that_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "out.md"
    path.touch()
    write(path)  # an empty file holds nothing to lose
    with pytest.raises(TargetExistsError, match="exists already"):
        write(path, b"newer")
    write(path, b"newer", may_replace=True)
    assert path.read_bytes() == b"newer"
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(tmp_path) == ["out.md"]


def test_a_file_that_came_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.md"

    def write_while_another_does() -> None:
        with replacing(path, may_replace=False) as file:
            file.write(b"ours")
            path.write_bytes(b"theirs")

    with pytest.raises(TargetExistsError):
        write_while_another_does()
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["out.md"]


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.md"
    path.write_bytes(b"old")

    def break_off() -> None:
        with replacing(path, may_replace=True) as file:
            file.write(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        break_off()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out.md"]


def no_folder(folder: Path) -> Path:
    return folder / "gone" / "out.md"


def file_as_folder(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "out.md"


def a_folder(folder: Path) -> Path:
    return folder


def long_name(folder: Path) -> Path:
    return folder / ("x" * 300)


def nul(folder: Path) -> Path:
    return folder / "a\0b"


def half_character(folder: Path) -> Path:
    return folder / "a\ud800b"


@pytest.mark.parametrize("place", [no_folder, file_as_folder, a_folder, long_name, nul, half_character])
def test_where_no_file_can_be_is_said(tmp_path: Path, place: Callable[[Path], Path]) -> None:
    path = place(tmp_path)
    before = names(tmp_path)
    with pytest.raises(ExportError) as caught:
        write(path)
    sentence = str(caught.value)
    sentence.encode()
    assert sentence.endswith(".")
    assert "Errno" not in sentence
    assert names(tmp_path) == before


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="a device that is always full")
def test_a_full_disk_is_said() -> None:
    with pytest.raises(ExportError, match="no room left"):
        write(Path("/dev/full"))


@posix
def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(ExportError, match="not permitted"):
        write(tmp_path / "out.md")


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_becomes_utf8(text: str) -> None:
    assert len(as_utf8(text).decode()) == len(text)
