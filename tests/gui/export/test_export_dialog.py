"""The export as a person uses it: by keyboard in each format, looked at, stopped, refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_agent.config.provider import Provider
from desktop_agent.gui.export.dialog import ExportDialog
from desktop_agent.gui.export.options_panel import Scope
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.transcript.selection import TextPosition
from desktop_agent.transcripts import Format
from loopback import LoopbackServer, Reply
from qt_signals import upcoming
from window_steps import outcome_of, type_and_send

Run = Callable[..., int]


async def say(parts: RunningWindow, text: str) -> None:
    ended = outcome_of(parts)
    type_and_send(parts, text)
    assert await ended == "finished"


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the keyboard is."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifiers)


async def opened(parts: RunningWindow) -> ExportDialog:
    """The export, opened with its keys, when the look at the file is there."""
    press(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = parts.exports.dialog
    assert dialog is not None
    await upcoming(previewed=dialog.previewed)
    return dialog


async def saved(dialog: ExportDialog, path: Path) -> None:
    """Enter asks where to; that is answered."""
    press(Qt.Key.Key_Return)
    asked = dialog.file_dialog
    assert asked is not None
    ended = upcoming(ended=dialog.ended)
    asked.fileSelected.emit(str(path))
    asked.close()
    dialog.activateWindow()  # as a window manager does
    await ended


def test_each_format_is_written_by_keyboard_alone(
    drive: Run, server: LoopbackServer, local: Provider, tmp_path: Path
) -> None:
    async def steps(parts: RunningWindow) -> None:
        await say(parts, "What is this?")
        dialog = await opened(parts)
        assert dialog.preview.text.startswith("# What is this?")
        assert dialog.preview.count.text().startswith("2 messages, ")
        for form in Format:
            assert QApplication.focusWidget() is dialog.options.formats[form]
            path = tmp_path / f"out{form.suffix}"
            await saved(dialog, path)
            assert dialog.status.text == f"Saved to {path.name}."
            assert dialog.status.link.isVisible()
            dialog.options.formats[form].setFocus(Qt.FocusReason.TabFocusReason)
            if form is not Format.TEXT:
                look = upcoming(previewed=dialog.previewed)
                press(Qt.Key.Key_Down)
                await look
        press(Qt.Key.Key_Escape)
        assert parts.exports.dialog is None

    server.enqueue(Reply("It is `code`."))
    assert drive(local, steps) == 0
    assert "It is `code`." in (tmp_path / "out.md").read_text(encoding="utf-8")
    assert "<code>code</code>" in (tmp_path / "out.html").read_text(encoding="utf-8")
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF-")
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["conversations"]
    assert "It is `code`." in (tmp_path / "out.txt").read_text(encoding="utf-8")
    assert not list(tmp_path.glob(".*"))


def test_a_part_is_written_and_copied(drive: Run, server: LoopbackServer, local: Provider) -> None:
    async def steps(parts: RunningWindow) -> None:
        await say(parts, "First")
        await say(parts, "Second")
        selected = parts.transcript.selected_text
        selected.set(TextPosition(0, 0, 0), TextPosition(1, 0, 1))
        parts.window.registry["export"].trigger()
        dialog = parts.exports.dialog
        assert dialog is not None
        look = upcoming(previewed=dialog.previewed)
        dialog.options.select.choose(Scope.SELECTED)
        dialog.options.changed.emit()
        await look
        assert "First" in dialog.preview.text
        assert "a1" in dialog.preview.text
        assert "Second" not in dialog.preview.text
        dialog.options.select.choose(Scope.LAST)
        ended = upcoming(ended=dialog.ended)
        dialog.copy_button.click()
        await ended
        copied = QApplication.clipboard().text()
        assert "Second" in copied
        assert "First" not in copied.split("\n", 1)[1]
        dialog.close()

    server.enqueue(Reply("a1"))
    server.enqueue(Reply("a2"))
    assert drive(local, steps) == 0


def test_all_conversations_go_into_an_archive_also_as_pdf(
    drive: Run, server: LoopbackServer, local: Provider, tmp_path: Path
) -> None:
    async def steps(parts: RunningWindow) -> None:
        await say(parts, "First")
        parts.desk.new_chat()
        await say(parts, "Second")
        parts.window.registry["export_all"].trigger()
        dialog = parts.exports.dialog
        assert dialog is not None
        await upcoming(previewed=dialog.previewed)
        assert len(dialog.preview.text.splitlines()) == 2
        assert dialog.preview.count.text() == "2 conversations"
        for form in (Format.MARKDOWN, Format.PDF):
            dialog.options.formats[form].setChecked(True)
            dialog.options.formats[form].setFocus(Qt.FocusReason.TabFocusReason)
            await saved(dialog, tmp_path / f"{form.value}.zip")
        dialog.close()

    server.enqueue(Reply("a1"))
    server.enqueue(Reply("a2"))
    assert drive(local, steps) == 0
    with zipfile.ZipFile(tmp_path / "markdown.zip") as archive:
        assert sorted(name.split(" ", 1)[1] for name in archive.namelist()) == ["First.md", "Second.md"]
    with zipfile.ZipFile(tmp_path / "pdf.zip") as archive:
        assert all(archive.read(name).startswith(b"%PDF-") for name in archive.namelist())
        assert len(archive.namelist()) == 2


def test_writing_can_be_stopped_and_refusals_are_said(
    drive: Run, server: LoopbackServer, local: Provider, tmp_path: Path
) -> None:
    async def steps(parts: RunningWindow) -> None:
        await say(parts, "First")
        dialog = await opened(parts)
        await saved(dialog, tmp_path / "gone" / "out.md")
        assert "its folder is not there" in dialog.status.text
        assert not dialog.status.link.isVisible()
        path = tmp_path / "kept.md"
        path.write_text("kept", encoding="utf-8")
        dialog.options.formats[Format.MARKDOWN].setFocus(Qt.FocusReason.TabFocusReason)
        press(Qt.Key.Key_Return)
        asked = dialog.file_dialog
        assert asked is not None
        ended = upcoming(ended=dialog.ended)
        asked.fileSelected.emit(str(path))
        asked.close()
        dialog.activateWindow()  # as a window manager does
        assert dialog.cancel_button.text() == "Stop"
        press(Qt.Key.Key_Escape)
        await ended
        assert dialog.status.text == "Stopped. Nothing was written."
        assert dialog.cancel_button.text() == "Cancel"
        assert path.read_text(encoding="utf-8") == "kept"
        dialog.close()

    server.enqueue(Reply("a1"))
    assert drive(local, steps) == 0
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["kept.md"]


def test_a_new_chat_has_nothing_to_export(drive: Run, local: Provider) -> None:
    async def steps(parts: RunningWindow) -> None:
        assert not parts.window.registry["export"].isEnabled()
        parts.exports.export_current()
        assert parts.exports.dialog is None

    assert drive(local, steps) == 0
