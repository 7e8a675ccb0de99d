"""Files that the desktop hands to the program: each is opened, or a sentence says why not."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from command_runs import run
from desktop_agent.app import run_window
from desktop_agent.cli.options import parse
from desktop_agent.config.paths import data_folder
from desktop_agent.gui.desktop_start import DesktopStart
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.single_instance import Claim, SingleInstance
from desktop_agent.gui.theme import LIGHT
from desktop_agent.gui.widgets.notice import NoticeBox
from qt_signals import upcoming

Run = Callable[..., int]


@pytest.mark.parametrize(
    ("arguments", "file", "demo"),
    [
        ([], "", False),
        (["--demo"], "", True),
        (["talk.json"], "talk.json", False),
        (["--demo", "talk.json"], "talk.json", True),
        (["/a folder/talk"], "/a folder/talk", False),
        (["--", "-odd.json"], "-odd.json", False),
    ],
)
def test_a_first_word_that_is_no_command_is_a_file(arguments: list[str], file: str, demo: bool) -> None:
    options = parse(arguments)
    assert (options.file, options.command, getattr(options, "demo", False)) == (file, None, demo)


def test_a_command_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list").write_text("")
    assert parse(["list", "--json"]).command == "list"
    assert parse(["search", "talk.json"]).text == "talk.json"


@pytest.mark.parametrize("arguments", [["lst"], ["--bogus"], ["talk.json", "more.json"], ["--demo=1"]])
def test_what_is_neither_gets_a_sentence_and_no_traceback(arguments: list[str]) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert "desktop-agent: error: " in ended.stderr
    if arguments == ["lst"]:
        assert "no command and no file 'lst'" in ended.stderr


async def refusal(parts: RunningWindow, path: str, folder: str = "") -> str:
    refused = upcoming(refused=parts.files.refused)
    sentences: list[str] = []
    parts.files.refused.connect(sentences.append)
    parts.files.open([path], folder)
    await refused
    parts.files.refused.disconnect(sentences.append)
    return sentences[0].replace("\u2068", "").replace("\u2069", "")


def test_what_cannot_be_opened_is_said(drive: Run, tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "talk.json").write_text("{}")

    async def steps(parts: RunningWindow) -> None:
        assert await refusal(parts, "gone.json", str(tmp_path)) == "There is no file gone.json."
        assert await refusal(parts, "folder.json", str(tmp_path)) == (
            "folder.json can't be opened: it is a folder."
        )
        assert "can't be opened" in await refusal(parts, "a\0b.json", str(tmp_path))
        assert "can't be opened" in await refusal(parts, "x" * 100_000)
        long_name = await refusal(parts, "x" * 300 + ".json", str(tmp_path))
        assert "can't be opened" in long_name or "There is no file" in long_name
        evil = await refusal(parts, "<b>\u202egnp.json", str(tmp_path))
        assert "\u202e" not in evil
        if sys.platform != "win32":
            assert "no file" in await refusal(parts, "/dev/null")
        opened = upcoming(opened=parts.files.opened)
        found: list[str] = []
        parts.files.opened.connect(found.append)
        parts.files.open(["talk.json"], str(tmp_path))
        await opened
        assert found == [str((tmp_path / "talk.json").resolve())]

    assert drive(None, steps) == 0


def test_a_second_start_hands_its_file_over(qapp: object, tmp_path: Path) -> None:
    (tmp_path / "talk.json").write_text(json.dumps({}))
    instance = SingleInstance(data_folder())
    assert instance.claim([]) is Claim.FIRST
    found: list[str] = []

    async def steps(parts: RunningWindow) -> None:
        opened = upcoming(opened=parts.files.opened)
        parts.files.opened.connect(found.append)
        second = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "desktop_agent", "talk.json"], cwd=tmp_path, check=False
        )
        assert second.returncode == 0
        await opened

    try:
        assert run_window(None, script=steps, theme=LIGHT, restores=False, start=DesktopStart(instance)) == 0
    finally:
        instance.release()
    assert found == [str((tmp_path / "talk.json").resolve())]


def test_a_first_start_opens_its_file(qapp: object, tmp_path: Path) -> None:
    said: list[str] = []

    async def steps(parts: RunningWindow) -> None:
        if not parts.window.findChildren(NoticeBox):  # the file is looked at in a thread
            await upcoming(refused=parts.files.refused)
        said.extend(each.accessibleName() for each in parts.window.findChildren(NoticeBox))

    start = DesktopStart(SingleInstance(data_folder()), [str(tmp_path / "gone.json")])
    assert run_window(None, script=steps, theme=LIGHT, restores=False, start=start) == 0
    assert "gone.json" in said[0]
