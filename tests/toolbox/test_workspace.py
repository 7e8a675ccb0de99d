"""Files of one folder: nothing outside it is ever read or written, by whatever path, link or race."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import threading
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest

from attack_tables import OUTER_PATHS
from desktop_agent.agentchat.errors import ToolError
from desktop_agent.toolbox import FileTools, Workspace
from desktop_agent.toolbox.files import MOST_CHARACTERS

T = TypeVar("T")

posix = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows, pipes are others")
SECRET = "nobody may read this"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace beside a secret, and beside a folder whose name begins like its own."""
    folder = tmp_path / "work"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "work-evil").mkdir()
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "work-evil" / "secret.txt").write_text(SECRET)
    (folder / "note.txt").write_text("one\ntwo\nthree\n")
    (folder / "sub" / "deep.md").write_text("# Deep\nTwo words\n")
    return folder


@pytest.fixture
def files(folder: Path) -> FileTools:
    return FileTools(Workspace(folder))


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def refused(work: Coroutine[Any, Any, str]) -> str:
    with pytest.raises(ToolError) as caught:
        asyncio.run(work)
    return str(caught.value)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_reading_listing_and_searching(files: FileTools) -> None:
    assert run(files.read_file("note.txt")) == "one\ntwo\nthree\n"
    assert run(files.read_file("./sub//deep.md")) == "# Deep\nTwo words\n"
    assert run(files.read_file("note.txt", 3)) == "three\n"
    assert run(files.list_folder()) == "sub/\nnote.txt  14 bytes"
    assert run(files.list_folder("sub")) == "deep.md  17 bytes"
    assert run(files.search_files("TWO")) == "note.txt:2: two\nsub/deep.md:2: Two words"
    assert run(files.search_files("two", name="*.md")) == "sub/deep.md:2: Two words"
    assert run(files.search_files("two", "sub")) == "sub/deep.md:2: Two words"
    assert run(files.search_files("four")) == "Nothing found in 2 files."


def test_writing_and_editing_tell_the_difference(files: FileTools, folder: Path) -> None:
    assert (
        run(files.write_file("new/dir/a.txt", "hello\n"))
        == "--- /dev/null\n+++ b/new/dir/a.txt\n@@ -0,0 +1 @@\n+hello"
    )
    assert (folder / "new/dir/a.txt").read_text() == "hello\n"
    edited = run(files.edit_file("note.txt", "two\n", "2\n"))
    assert edited == "--- a/note.txt\n+++ b/note.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three"
    assert (folder / "note.txt").read_text() == "one\n2\nthree\n"
    assert [each.name for each in folder.iterdir() if each.name.startswith(".")] == []


def test_a_plan_changes_nothing(files: FileTools, folder: Path) -> None:
    before = everything(folder)
    assert run(files.plan_write("note.txt", "x")).difference.endswith("\n+x\n\\ No newline at end of file")
    assert run(files.plan_edit("note.txt", "one", "1")).before == b"one\ntwo\nthree\n"
    assert everything(folder) == before


def test_no_path_leads_out(files: FileTools, folder: Path) -> None:
    assert len(OUTER_PATHS) >= 60
    before = everything(folder.parent)

    async def try_all() -> list[str]:
        reached = []
        for path in OUTER_PATHS:
            for work in (
                files.read_file(path),
                files.write_file(path, "evil"),
                files.edit_file(path, "nobody", "everybody"),
                files.list_folder(path),
                files.search_files("nobody", path),
            ):
                with suppress(ToolError):
                    reached.append(f"{path}: {await work}")
        return reached

    assert run(try_all()) == []
    assert everything(folder.parent) == before


@posix
def test_links_are_not_followed(files: FileTools, folder: Path) -> None:
    (folder / "file-link").symlink_to(folder.parent / "secret.txt")
    (folder / "folder-link").symlink_to(folder.parent)
    (folder / "inner-link").symlink_to(folder / "note.txt")
    (folder / "loop").symlink_to("loop")
    (folder / "dangling").symlink_to(folder.parent / "made.txt")
    before = everything(folder.parent)
    for path in (
        "file-link",
        "folder-link/secret.txt",
        "inner-link",
        "loop",
        "dangling",
        "folder-link/work/note.txt",
    ):
        assert "link" in refused(files.read_file(path)), path
        assert "link" in refused(files.write_file(path, "evil")), path
    assert "link" in refused(files.list_folder("folder-link"))
    assert "link" in refused(files.write_file("folder-link/new.txt", "evil"))
    assert run(files.search_files("nobody")).startswith("Nothing found")
    assert "file-link  (a link or a device; it is not opened)" in run(files.list_folder())
    assert everything(folder.parent) == before


@posix
def test_a_race_of_links_is_lost_by_the_attacker(files: FileTools, folder: Path) -> None:
    """Another program swaps a folder for a link all the time; what is read and written stays inside."""
    swapped = folder / "swap"
    swapped.mkdir()
    (swapped / "secret.txt").write_text("inner")
    (folder.parent / "trap").mkdir()
    (folder.parent / "trap" / "secret.txt").write_text(SECRET)
    over = threading.Event()

    def swap() -> None:
        number = 0
        while not over.is_set():
            number += 1
            with suppress(OSError):  # the writer makes the folder anew when it is away
                swapped.rename(folder / f"aside{number}")
            with suppress(OSError):
                swapped.symlink_to(folder.parent / "trap")
            with suppress(OSError):
                swapped.unlink()

    attacker = threading.Thread(target=swap)
    attacker.start()
    answers: list[str] = []

    async def keep_using() -> None:
        for number in range(150):
            for work in (
                files.read_file("swap/secret.txt"),
                files.write_file("swap/made.txt", f"{number}\n"),
            ):
                try:
                    answers.append(await work)
                except ToolError as error:
                    answers.append(str(error))

    try:
        run(keep_using())
    finally:
        over.set()
        attacker.join()
    assert any(answer.startswith("---") for answer in answers)
    assert not any(SECRET in answer for answer in answers)
    assert [each.name for each in (folder.parent / "trap").iterdir()] == ["secret.txt"]


@posix
def test_what_is_no_plain_file_is_not_opened(files: FileTools, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert "not a plain file" in refused(files.read_file("pipe"))
    assert "is a folder" in refused(files.read_file("sub"))
    assert "is a folder" in refused(files.write_file("sub", "x"))
    assert "not a folder" in refused(files.list_folder("note.txt"))
    assert "is not there" in refused(files.read_file("nothing.txt"))


def test_texts_that_are_none(files: FileTools, folder: Path) -> None:
    (folder / "binary.dat").write_bytes(b"\x00\x01\x02\x03" * 50)
    (folder / "latin.txt").write_bytes("Größe".encode("cp1252"))
    (folder / "wide.txt").write_bytes("wide".encode("utf-16"))
    (folder / "huge.txt").write_bytes(b"x\n" * 5_000_001)
    assert "not a text file" in refused(files.read_file("binary.dat"))
    assert "larger than 10 MB" in refused(files.read_file("huge.txt"))
    assert run(files.read_file("latin.txt")).endswith("Größe")
    assert run(files.read_file("wide.txt")) == "wide"
    assert "not in UTF-8" in refused(files.edit_file("latin.txt", "G", "K"))
    assert "not a text file" in refused(files.write_file("binary.dat", "text"))
    assert "halves of characters" in refused(files.write_file("a.txt", "\ud800"))


def test_a_long_file_is_read_in_pieces(files: FileTools, folder: Path) -> None:
    (folder / "long.txt").write_text("".join(f"line {number}\n" for number in range(1, 20_001)))
    first = run(files.read_file("long.txt"))
    assert len(first) < MOST_CHARACTERS + 100
    assert "more characters, from line" in first[-60:]
    assert run(files.read_file("long.txt", 20_000)) == "line 20000\n"
    assert "20,001 lines" in refused(files.read_file("long.txt", 30_000))


def test_edits_that_are_not_clear(files: FileTools) -> None:
    for old, new, sentence in (
        ("four", "4", "does not stand in it"),
        ("o", "0", "stands in it 2 times"),
        ("", "x", "no text to replace"),
        ("one", "one", "nothing would change"),
    ):
        assert sentence in refused(files.edit_file("note.txt", old, new))


def test_line_ends_of_windows_stay(files: FileTools, folder: Path) -> None:
    (folder / "dos.txt").write_bytes(b"one\r\ntwo\r\n")
    difference = run(files.edit_file("dos.txt", "one\ntwo", "one\n2"))
    assert (folder / "dos.txt").read_bytes() == b"one\r\n2\r\n"
    assert difference.endswith("-two\r\n+2\r")


def test_hidden_characters_stand_in_the_difference(files: FileTools) -> None:
    text = "safe\u2028rm -rf\u202e\x0b\x85end\n"
    assert run(files.plan_write("x.txt", text)).difference.endswith("+" + text.rstrip("\n"))


def test_a_file_that_was_changed_meanwhile_is_left_alone(files: FileTools, folder: Path) -> None:
    change = run(files.plan_edit("note.txt", "two", "2"))
    (folder / "note.txt").write_text("something else\n")
    assert "changed meanwhile" in refused(files.make(change))
    assert (folder / "note.txt").read_text() == "something else\n"
    planned = run(files.plan_write("late.txt", "x"))
    (folder / "late.txt").write_text("first")
    assert "changed meanwhile" in refused(files.make(planned))


@posix
def test_the_mode_of_a_file_stays(files: FileTools, folder: Path) -> None:
    (folder / "note.txt").chmod(0o750)
    run(files.edit_file("note.txt", "two", "2"))
    assert (folder / "note.txt").stat().st_mode & 0o777 == 0o750


@posix
@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "the disk is full. Nothing is changed."),
        (errno.EROFS, "read-only"),
        (errno.EIO, "input"),
    ],
)
def test_a_disk_that_fails(
    files: FileTools, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)  # the edge of the system
    before = everything(folder)
    assert sentence in refused(files.write_file("note.txt", "new\n"))
    assert everything(folder) == before


def test_a_folder_that_vanished_is_said_each_time(files: FileTools, folder: Path) -> None:
    folder.rename(folder.with_name("moved"))
    for work in (files.read_file("note.txt"), files.list_folder(), files.write_file("a.txt", "x")):
        assert f"The folder {folder} is not there." in refused(work)
    folder.with_name("moved").rename(folder)
    assert run(files.read_file("note.txt")).startswith("one")


def test_differences_of_large_files_are_quick(files: FileTools, folder: Path) -> None:
    lines = [f"line {number}" for number in range(6_000)]
    (folder / "large.txt").write_text("\n".join(lines) + "\n")
    change = run(files.plan_write("large.txt", "\n".join(f"{line}!" for line in lines) + "\n"))
    body = change.difference.split("\n")
    assert body[2] == "@@ -1,6000 +1,6000 @@"
    assert (body[3], body[-1]) == ("-line 0", "+line 5999!")


def test_a_change_in_a_large_file_of_lines_that_repeat_is_quick(files: FileTools, folder: Path) -> None:
    lines = [f"line {number % 101}" for number in range(200_000)]  # to compare them all would take minutes
    lines[100_000] = "old"
    (folder / "log.txt").write_text("\n".join(lines) + "\n")
    change = run(files.plan_edit("log.txt", "old", "new"))
    body = change.difference.split("\n")
    assert body[2] == "@@ -99998,7 +99998,7 @@"
    assert [line for line in body[3:] if not line.startswith(" ")] == ["-old", "+new"]
    assert len(body) == 3 + 8
