"""Exports come back: the import says what it will do before it does it, and a damaged file is a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_agent.agentchat.messages import TextMessage
from desktop_agent.chat.notices import Action
from desktop_agent.config.provider import Provider
from desktop_agent.gui.export.export_source import ExportSource
from desktop_agent.gui.export.import_dialog import ImportDialog
from desktop_agent.gui.export.options_panel import Scope
from desktop_agent.gui.export.writing import Order, text_of
from desktop_agent.gui.first_run.page import Choice, FirstRunPage
from desktop_agent.gui.running_window import RunningWindow
from desktop_agent.gui.widgets.notice import NoticeBox
from desktop_agent.transcripts import ExportOptions, Format
from loopback import LoopbackServer, Reply
from qt_signals import upcoming
from window_steps import last_reply, outcome_of, type_and_send

Run = Callable[..., int]


async def planned(parts: RunningWindow) -> ImportDialog:
    """The import, when it is known what it would do."""
    dialog = parts.imports.dialog
    assert dialog is not None
    await upcoming(planned=dialog.planned)
    return dialog


def drop(parts: RunningWindow, path: Path) -> bool:
    """Drop a file on the window; whether it is taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    where = parts.window.rect().center()
    entering = QDragEnterEvent(where, Qt.DropAction.CopyAction, data, buttons, keys)
    entering.ignore()
    QApplication.sendEvent(parts.window, entering)
    if entering.isAccepted():
        dropped = QDropEvent(QPointF(where), Qt.DropAction.CopyAction, data, buttons, keys)
        QApplication.sendEvent(parts.window, dropped)
    return entering.isAccepted()


def test_what_was_exported_comes_back_once(
    drive: Run, server: LoopbackServer, local: Provider, tmp_path: Path
) -> None:
    path = tmp_path / "out.json"

    async def steps(parts: RunningWindow) -> None:
        ended = outcome_of(parts)
        type_and_send(parts, "First")
        assert await ended == "finished"
        number = parts.conversation.id
        assert number is not None
        order = Order(Scope.WHOLE, Format.JSON, ExportOptions())
        path.write_text(await text_of(ExportSource(parts.store, number), order, lambda *_: None), "utf-8")
        assert drop(parts, path)
        await upcoming(opened=parts.imports.opened)
        dialog = await planned(parts)
        assert dialog.sentences.text() == "1 conversation will be left alone: already here."
        assert not dialog.import_button.isEnabled()
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert parts.imports.dialog is None
        await parts.store.delete(number)
        await parts.store.purge(number)
        parts.desk.new_chat()
        parts.imports.open(str(path))
        dialog = await planned(parts)
        assert dialog.sentences.text() == "1 conversation will be added."
        assert await parts.store.conversations() == []
        switched = upcoming(switched=parts.desk.switched)
        QTest.keyClick(dialog.import_button, Qt.Key.Key_Return)
        await switched
        assert [message.plain_text() for message in parts.transcript.messages] == ["First", "a1"]
        assert dialog.status.text == "Added: 1 conversation."
        dialog.close()

    server.enqueue(Reply("a1"))
    assert drive(local, steps) == 0


def test_a_newcomer_reads_what_was_imported_and_nobody_answers_unasked(drive: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.json"

    async def import_it(parts: RunningWindow) -> None:
        number = await parts.store.create_conversation("Theirs")
        for message in (
            TextMessage(content="Their question", source="user"),
            TextMessage(content="Their answer", source="assistant"),
        ):
            await parts.store.append_message(number, message)
        order = Order(Scope.WHOLE, Format.JSON, ExportOptions())
        path.write_text(await text_of(ExportSource(parts.store, number), order, lambda *_: None), "utf-8")
        await parts.store.delete(number)
        await parts.store.purge(number)
        assert parts.window.has_welcome
        parts.imports.open(str(path))
        dialog = await planned(parts)
        assert parts.window.has_welcome  # until it is imported
        switched = upcoming(switched=parts.desk.switched)
        QTest.keyClick(dialog.import_button, Qt.Key.Key_Return)
        await switched
        dialog.close()
        assert not parts.window.has_welcome
        assert "No model" in parts.window.header.pickers.model_button.accessibleName()
        texts = [message.plain_text() for message in parts.transcript.messages]
        assert texts == ["Their question", "Their answer"]

    async def read_it_again(parts: RunningWindow) -> None:
        assert not parts.window.has_welcome
        ended = outcome_of(parts)
        type_and_send(parts, "Hello?")
        assert await ended == "failed"
        notice = last_reply(parts).ending_widget
        assert isinstance(notice, NoticeBox)
        assert notice.accessibleName().startswith("No model is chosen yet.")
        boxes = [box for box in parts.window.findChildren(NoticeBox) if Action.CHOOSE_MODEL in box.buttons]
        (banner,) = [box for box in boxes if Action.RETRY not in box.buttons]
        height = banner.height()
        parts.live.change("appearance", text_size=2.0)
        assert banner.height() > height
        parts.live.change("appearance", theme="dark", text_size=1.0)
        assert banner.height() == height
        assert not parts.window.has_welcome  # it does not come back unasked
        QTest.mouseClick(banner.buttons[Action.CHOOSE_MODEL], Qt.MouseButton.LeftButton)
        assert parts.window.has_welcome
        (page,) = parts.window.findChildren(FirstRunPage)
        page.cards[Choice.DEMO].radio.click()
        QTest.mouseClick(page.start_button, Qt.MouseButton.LeftButton)
        assert not parts.window.has_welcome
        ended = outcome_of(parts)
        QTest.mouseClick(notice.buttons[Action.RETRY], Qt.MouseButton.LeftButton)
        assert parts.conversation.is_streaming
        parts.desk.stop()
        assert await ended == "stopped"

    assert drive(None, import_it) == 0
    assert drive(None, read_it_again) == 0


def test_a_damaged_file_and_one_of_another_kind_are_a_sentence(
    drive: Run, local: Provider, tmp_path: Path
) -> None:
    async def steps(parts: RunningWindow) -> None:
        assert not drop(parts, tmp_path / "picture.png")
        for name, text in (
            ("cut.json", '{"format": "desktop-agent-conversations", "ver'),
            ("other.json", "[]"),
        ):
            path = tmp_path / name
            path.write_text(text, encoding="utf-8")
            parts.imports.open(str(path))
            dialog = await planned(parts)
            assert dialog.status.text.endswith(".")
            assert not dialog.import_button.isEnabled()
            dialog.close()
        assert await parts.store.conversations() == []

    assert drive(local, steps) == 0


def test_files_wait_for_each_other(drive: Run, local: Provider, tmp_path: Path) -> None:
    async def steps(parts: RunningWindow) -> None:
        for name in ("one.json", "two.json"):
            (tmp_path / name).write_text(json.dumps([name]), encoding="utf-8")
            parts.imports.open(str(tmp_path / name))
        first = await planned(parts)
        first.close()
        second = parts.imports.dialog
        assert second is not None
        assert second is not first
        await planned(parts)
        second.close()
        assert parts.imports.dialog is None

    assert drive(local, steps) == 0
