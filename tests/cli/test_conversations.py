"""`list` and `search`, as processes on a real store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.samples import Command, fill, fill_bin, keep
from command_runs import environment, run
from desktop_agent.cli.terminal import marked, one_line
from desktop_agent.config.paths import store_path
from desktop_agent.storage import ConversationStore

posix = pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")


def shell(command: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command.replace("desktop-agent", f'"{sys.executable}" -m desktop_agent'),
        shell=True,
        env=environment(None, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )


def test_conversations_are_listed_for_people() -> None:
    keep(fill)
    keep(fill_bin)
    result = run("list")
    assert (result.returncode, result.stderr) == (0, "")
    head, odd, tools, sky = result.stdout.splitlines()
    assert head.split() == ["ID", "Changed", "Messages", "Title"]
    assert odd.endswith("         1  Red [31m alert second line")
    assert tools.endswith("         2  Weather (the last reply was cut short)")
    assert sky.endswith("         2  Why the sky is blue")
    assert sky.split()[0] == "1"


def test_conversations_are_listed_for_scripts(command: Command) -> None:
    keep(fill)
    result = command("list", "--json")
    assert result.stdout.isascii()
    listed: list[dict[str, Any]] = json.loads(result.stdout)
    assert [each["title"] for each in listed][1:] == ["Weather", "Why the sky is blue"]
    assert listed[1]["outcome"] == "interrupted"
    sky = listed[2]
    assert (sky["id"], sky["pinned"], sky["unread"], sky["messages"]) == (1, True, False, 2)
    assert len(sky["uid"]) == 32
    assert sky["updated_at"].endswith("Z")


@pytest.mark.parametrize("words", [["list"], ["search", "sky"]])
def test_without_a_store_nothing_is_found_and_nothing_made(command: Command, words: list[str]) -> None:
    said = command(*words)
    assert (said.returncode, said.stdout) == (0, "")
    assert said.stderr in ("There are no conversations yet.\n", 'Nothing found for "sky".\n')
    scripted = command(*words, "--json")
    assert (json.loads(scripted.stdout), scripted.stderr) == ([], "")
    assert not store_path().parent.exists()


def test_search_shows_title_hits_and_the_words_around_the_others(command: Command) -> None:
    keep(fill)
    keep(fill_bin)
    result = command("search", "sky")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert len([line for line in lines if line.endswith("Why the sky is blue")]) == 2
    assert "    Why is the sky blue?" in lines
    assert command("search", "forgotten").stderr == 'Nothing found for "forgotten".\n'


def test_search_for_scripts_tells_where_the_words_are() -> None:
    keep(fill)
    hits = json.loads(run("search", "scatter", "--json").stdout)
    assert [hit["conversation_id"] for hit in hits] == [1, 1]  # also a version that is not shown
    for hit in hits:
        start, end = hit["matches"][0]
        assert hit["context"][start:end].lower().startswith("scatter")
    assert len(json.loads(run("search", "scatter", "--json", "--limit", "1").stdout)) == 1


@pytest.mark.parametrize(
    "text",
    ['"', "AND", "col:x", "NEAR(", 'a"b', "(", "^", "'", "*", "\N{GRINNING FACE}", "x" * 10_000, " ", "\t"],
    ids=str.strip,
)
def test_any_text_can_be_searched(command: Command, text: str) -> None:
    keep(fill)
    result = command("search", text)
    assert result.returncode == 0
    assert (result.stdout == "") == result.stderr.startswith("Nothing found for ")


@posix
def test_bytes_that_are_no_text_can_be_searched() -> None:
    keep(fill)
    command = [sys.executable.encode(), b"-m", b"desktop_agent", b"search", b"caf\xe9"]
    result = subprocess.run(command, env=environment(None), capture_output=True, timeout=60)
    assert (result.returncode, b"Traceback" in result.stderr) == (0, False)


@pytest.mark.parametrize(
    "arguments",
    [["search"], ["search", "x", "--limit", "0"], ["search", "x", "--limit", "many"], ["list", "more"]],
)
def test_bad_usage_has_status_2(command: Command, arguments: list[str]) -> None:
    assert command(*arguments).returncode == 2


def test_a_window_that_writes_does_not_keep_others_from_reading() -> None:
    async def read_meanwhile(store: ConversationStore) -> None:
        await fill(store)
        result = run("list")  # the store is open, its lock held, its log not yet in the file
        assert (result.returncode, result.stderr) == (0, "")
        assert len(result.stdout.splitlines()) == 4
        assert "Rayleigh" in run("search", "Rayleigh").stdout
        await store.create_conversation("After the readers")

    keep(read_meanwhile)
    assert "After the readers" in run("list").stdout


def test_a_bad_address_of_a_model_does_not_keep_from_reading() -> None:
    keep(fill)
    assert run("list", OPENAI_BASE_URL="nonsense").returncode == 0


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"\0" * 4096], ids=["text", "zeros"])
def test_a_file_that_is_no_store_is_said(command: Command, content: bytes) -> None:
    store_path().parent.mkdir(parents=True)
    store_path().write_bytes(content)
    for words in (["list"], ["search", "x"], ["export", "--all"]):
        result = command(*words)
        assert result.returncode == 1
        assert len(result.stderr.strip().splitlines()) == 1, result.stderr
        assert "Traceback" not in result.stderr
    assert store_path().read_bytes() == content


@posix
def test_a_folder_that_cannot_be_written_can_be_read(tmp_path: Path) -> None:
    keep(fill)
    store_path().chmod(0o400)
    store_path().parent.chmod(0o500)
    try:
        assert len(run("list").stdout.splitlines()) == 4
    finally:
        store_path().parent.chmod(0o700)


@posix
@pytest.mark.parametrize("command", ["list", "list --json", "search sky", "export --all"])
def test_an_output_that_cannot_be_written_is_a_sentence(command: str) -> None:
    keep(fill)
    full = shell(f"desktop-agent {command} > /dev/full")
    assert full.returncode == 1
    assert full.stderr == b"The output can't be written: no space left on device.\n"
    closed = shell(f"desktop-agent {command} >&-")
    assert closed.returncode == 1
    assert closed.stderr == b"There is no standard output to write to.\n"
    reader, writer = os.pipe()
    os.close(reader)  # who reads has left
    try:
        words = [sys.executable, "-m", "desktop_agent", *command.split()]
        left = subprocess.run(words, env=environment(None), stdout=writer, stderr=subprocess.PIPE, timeout=60)
    finally:
        os.close(writer)
    assert (left.returncode, left.stderr) == (1, b"")


def test_titles_and_texts_cannot_drive_the_terminal(command: Command) -> None:
    keep(fill)
    for line in ("list", "list --json", "search alert", "search end", "export --all"):
        out = command(*line.split()).stdout
        assert out
        assert not any(character < " " and character != "\n" for character in out), line
        assert not any("\x7f" <= character <= "\x9f" or character == "\u202e" for character in out), line


@posix
def test_on_a_terminal_matches_are_bold_and_texts_harmless() -> None:
    keep(fill)
    assert b"\x1b[1mscattering\x1b[22m" in on_terminal("search", "scattering")
    assert b"\x1b" not in on_terminal("search", "scattering", NO_COLOR="1")
    assert b"\x1b" not in on_terminal("export", "3", "--format", "text")


def on_terminal(*arguments: str, **more: str) -> bytes:
    """What a terminal gets from the command."""
    import pty

    try:
        ours, theirs = pty.openpty()
    except OSError as error:  # a bare root without /dev/pts
        pytest.skip(f"there is no pseudo-terminal here: {error}")
    process = subprocess.Popen(
        [sys.executable, "-m", "desktop_agent", *arguments],
        env=environment(None, **more),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
    )
    os.close(theirs)
    written = b""
    try:
        while data := os.read(ours, 4096):
            written += data
    except OSError:
        pass  # Linux says so at the end
    finally:
        os.close(ours)
        process.wait(timeout=60)
    return written


def test_one_line_is_what_it_says() -> None:
    assert one_line(" a\tb\r\n\x1b[2Jc\u2066d\u2069\u2029e\ud800 ") == "a b [2Jcd e\ufffd"


def test_marks_are_left_out_where_nobody_sees_them() -> None:
    assert marked("one two", ((4, 7),)) == "one two"
