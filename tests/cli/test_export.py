"""`export`, as a process on a real store, and what it writes against the published schema."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from cli.samples import ODD_TEXT, Command, chunk, fill, fill_bin, keep, user
from command_runs import environment, run
from desktop_agent.chat.notices import PROGRAM_ENDED
from desktop_agent.config.paths import resources_folder, store_path
from desktop_agent.storage import ConversationStore

posix = pytest.mark.skipif(sys.platform == "win32", reason="files of POSIX")


def validated(text: str) -> list[dict[str, Any]]:
    """The conversations of a document, which must be as the schema says."""
    schema = json.loads(
        (resources_folder() / "schema" / "desktop-agent-conversations-1.json").read_text("utf-8")
    )
    document: dict[str, Any] = json.loads(text)
    fastjsonschema.compile(schema)(document)
    conversations: list[dict[str, Any]] = document["conversations"]
    return conversations


def test_all_conversations_come_complete() -> None:
    keep(fill)
    keep(fill_bin)
    result = run("export", "--all", "--format", "json")
    assert (result.returncode, result.stderr) == (0, "")
    odd, tools, sky = validated(result.stdout)

    assert (sky["title"], sky["title_origin"], sky["pinned"]) == ("Why the sky is blue", "user", True)
    question, first, second = sky["messages"]
    assert question["parent"] is None
    assert first["parent"] == second["parent"] == question["uid"]  # two versions of the reply
    assert sky["head"] == first["uid"]
    assert first["message"]["content"] == "Rayleigh scattering."
    assert first["message"]["models_usage"] == {"prompt_tokens": 7, "completion_tokens": 3}
    assert first["details"] == {"model": "m", "duration": 1.5}
    assert [each["interrupted"] for each in sky["messages"]] == [False] * 3

    reply = tools["messages"][1]
    assert (reply["state"], reply["interrupted"]) == ("interrupted", True)
    assert reply["message"]["content"] == "It is 21 degr"
    thought, request, execution = reply["events"]
    assert thought["content"] == "I should look."
    assert request["content"][0]["arguments"] == '{"city": "Lisbon"}'
    assert execution["content"][0]["content"] == "21 degrees"

    assert odd["messages"][0]["message"]["content"] == ODD_TEXT  # every character, whatever it is


def test_one_conversation_by_number_and_by_uid(command: Command) -> None:
    keep(fill)
    listed = json.loads(command("list", "--json").stdout)
    by_number = validated(command("export", "2").stdout)
    assert [each["title"] for each in by_number] == ["Weather"]
    uid = next(each["uid"] for each in listed if each["id"] == 2)
    assert validated(command("export", uid.upper(), "--format", "json").stdout) == by_number


def test_a_conversation_in_the_bin_can_be_exported_by_its_number(command: Command) -> None:
    keep(fill_bin)
    (forgotten,) = validated(command("export", "1").stdout)
    assert forgotten["title"] == "Forgotten"
    assert forgotten["deleted_at"] is not None
    assert validated(command("export", "--all").stdout) == []


def test_a_reply_that_streams_is_exported_as_far_as_it_came() -> None:
    async def stream(store: ConversationStore) -> None:
        conversation = await store.create_conversation("Live")
        await store.append_message(conversation, user("Count"))
        journal = await store.begin_reply(conversation, "assistant")
        journal.put(chunk("One two"))
        async with asyncio.timeout(60):
            while not (await store.messages(conversation))[1].message.to_text():
                pass  # the journal is written with its next batch
        (live,) = validated(run("export", "1").stdout)
        assert live["messages"][1]["state"] == "streaming"
        assert live["messages"][1]["interrupted"]
        assert live["messages"][1]["message"]["content"] == "One two"
        assert "still being written" in run("export", "1", "--format", "markdown").stdout
        await journal.finish(None, "interrupted")

    keep(stream)


def test_without_a_store_all_is_an_empty_document(command: Command) -> None:
    result = command("export", "--all")
    assert validated(result.stdout) == []
    assert not store_path().parent.exists()


@pytest.mark.parametrize("wanted", ["7", "nonsense", "0" * 32, "\u0662"])
def test_an_unknown_conversation_is_said(command: Command, wanted: str) -> None:
    keep(fill)
    result = command("export", wanted)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f'There is no conversation {wanted}. "desktop-agent list" shows which there are.\n'
    )


@pytest.mark.parametrize("arguments", [[], ["1", "--all"], ["1", "--theme", "blue"], ["1", "2"]])
def test_bad_usage_has_status_2(command: Command, arguments: list[str]) -> None:
    result = command("export", *arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_the_other_formats_are_what_is_read(command: Command) -> None:
    keep(fill)
    markdown = command("export", "1", "--format", "markdown", "--no-times").stdout
    assert markdown == (
        "# Why the sky is blue\n\n## user\n\nWhy is the sky blue?\n\n## assistant\n\nRayleigh scattering.\n"
    )
    text = command("export", "2", "--format", "text", "--no-times", "--no-tools", "--thoughts").stdout
    assert text == (
        "Weather\n=======\n\nuser:\nHow is the weather in Lisbon?\n\nassistant, thinking:\nI should look.\n\n"
        f"assistant:\nIt is 21 degr\n\n({PROGRAM_ENDED})\n"
    )
    assert "Because of" in command("export", "1", "--format", "text", "--versions").stdout
    both = command("export", "--all", "--format", "markdown").stdout
    assert both.count("\n# ") == 2
    page = command("export", "--all", "--format", "html", "--theme", "dark").stdout
    assert page.count("<!DOCTYPE html>") == 1
    assert page.count('<h1 class="title"') == 3


def test_a_file_gets_the_document_and_is_never_replaced_by_chance(command: Command, tmp_path: Path) -> None:
    keep(fill)
    path = tmp_path / "out.json"
    path.touch()  # as mktemp does; there is nothing to lose in it
    result = command("export", "--all", "--output", str(path))
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == f"3 conversations written to {path}.\n"
    before = path.read_bytes()
    assert len(validated(before.decode())) == 3
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = command("export", "1", "--output", str(path))
    assert again.returncode == 1
    assert again.stderr == f"{path} exists already. Choose another name, or replace it with --force.\n"
    assert path.read_bytes() == before
    assert command("export", "1", "--output", str(path), "--force").returncode == 0
    assert len(validated(path.read_text("utf-8"))) == 1
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["out.json"]


@posix
def test_a_link_stays_and_its_file_is_replaced(command: Command, tmp_path: Path) -> None:
    keep(fill)
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    assert command("export", "1", "--output", str(tmp_path / "link.json"), "--force").returncode == 0
    assert (tmp_path / "link.json").is_symlink()
    assert len(validated((tmp_path / "real.json").read_text("utf-8"))) == 1


def test_a_pdf_goes_into_a_file_or_an_archive(tmp_path: Path) -> None:
    keep(fill)
    path = tmp_path / "sky.pdf"
    result = run("export", "1", "--format", "pdf", "--output", str(path))
    assert (result.returncode, result.stdout, result.stderr) == (
        0,
        "",
        f"1 conversation written to {path}.\n",
    )
    assert path.read_bytes().startswith(b"%PDF-")
    archive = tmp_path / "all.zip"
    assert run("export", "--all", "--format", "pdf", "--output", str(archive)).returncode == 0
    with zipfile.ZipFile(archive) as written:
        assert "1 Why the sky is blue.pdf" in written.namelist()
        assert all(written.read(name).startswith(b"%PDF-") for name in written.namelist())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["1"], "goes into a file"), (["--all", "--output", "x.pdf"], "holds one conversation")],
)
def test_where_no_pdf_can_go_is_said(command: Command, arguments: list[str], words: str) -> None:
    keep(fill)
    result = command("export", "--format", "pdf", *arguments)
    assert result.returncode == 1
    assert words in result.stderr


@posix
def test_an_archive_has_a_file_for_each(command: Command, tmp_path: Path) -> None:
    keep(fill)
    path = tmp_path / "all.ZIP"
    assert command("export", "--all", "--output", str(path)).returncode == 0
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [
            "1 Why the sky is blue.json",
            "2 Weather.json",
            "3 Red 31m alert second line.json",
        ]
        for name in archive.namelist():
            assert len(validated(archive.read(name).decode())) == 1
    markdown = tmp_path / "markdown.zip"
    assert command("export", "2", "--format", "markdown", "--output", str(markdown)).returncode == 0
    with zipfile.ZipFile(markdown) as archive:
        assert archive.namelist() == ["2 Weather.md"]


@posix
@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (".", ". is a folder. Name a file in it."),
        ("missing/out.json", "missing/out.json can't be written: its folder is not there."),
        ("file/out.json", "file/out.json can't be written: its folder is a file."),
        ("/dev/full", "/dev/full can't be written: there is no room left on the disk."),
        ("x" * 300, f"{'x' * 300} can't be written: its name is too long."),
    ],
    ids=["folder", "missing", "file", "full", "long"],
)
def test_a_file_that_cannot_be_written_is_said(tmp_path: Path, output: str, sentence: str) -> None:
    keep(fill)
    (tmp_path / "file").touch()
    result = subprocess.run(
        [sys.executable, "-m", "desktop_agent", "export", "--all", "--output", output],
        cwd=tmp_path,
        env=environment(None, PYTHONPATH=os.pathsep.join(filter(None, sys.path))),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (result.returncode, result.stdout, result.stderr) == (1, "", sentence + "\n")


@posix
def test_a_pipe_is_written_to() -> None:
    keep(fill)
    result = run("export", "1", "--output", "/dev/stdout")
    assert len(validated(result.stdout)) == 1


def test_a_disk_that_fills_leaves_no_half_file(tmp_path: Path) -> None:
    keep(fill)
    if sys.platform == "win32":
        pytest.skip("Windows limits no files")
    import resource

    path = tmp_path / "out.json"
    path.write_text("kept")
    result = subprocess.run(
        [sys.executable, "-m", "desktop_agent", "export", "--all", "--output", str(path), "--force"],
        env=environment(None),
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert result.returncode == 1
    assert result.stderr == f"{path} can't be written: there is no room left on the disk.\n"
    assert path.read_text() == "kept"
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["out.json"]
