"""The context menu of the transcript: of what the mouse is at, or of a whole message for the Menu key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from desktop_agent.gui.transcript.agent_message import AgentMessage
from desktop_agent.gui.transcript.block_items import BlockItem, Link
from desktop_agent.gui.transcript.code_panel import CodePanel
from desktop_agent.gui.transcript.message_view import MessageView, Revision
from desktop_agent.markdown import plain_text, table_csv, table_markdown

if TYPE_CHECKING:
    from desktop_agent.gui.transcript.pointer import Pointer, Target
    from desktop_agent.gui.transcript.view import Transcript

_LISTED = 20  # links and blocks of a message; more would not fit on the screen
_LABEL = 60  # characters
_CODE = ("fence", "code_block")  # markdown-it's names


class ContextMenu(QObject):
    """Makes the menu anew each time it is opened."""

    def __init__(self, view: Transcript, pointer: Pointer) -> None:
        super().__init__(view)
        self._view = view
        self._pointer = pointer

    def open(self, event: QContextMenuEvent) -> None:
        """Open the menu where it was asked for."""
        self.make(event).popup(event.globalPos())

    def make(self, event: QContextMenuEvent) -> QMenu:
        """The menu of what is at the mouse, or of the current message for the Menu key."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_selection(menu)
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            message = self._view.entered or self._view.current
            if message is not None:
                self._add_message(menu, message)
                self._add_all_of(menu, message)
        else:
            position = QPointF(event.pos())
            message = self._view.message_at(position)
            if message is not None:
                self._add_message(menu, message)
                item, local = self._pointer.item_at(position)
                if item is not None:
                    self._add_block(menu, message, item, item.code_at(local))
                self._add_link(menu, message, self._pointer.action_at(position))
        if message is not None:
            self._add_revisions(menu, message)
        menu.addSeparator()
        everything = menu.addAction(self.tr("Select all"), self._view.selected_text.select_all)
        everything.setShortcut(QKeySequence(QKeySequence.StandardKey.SelectAll))
        return menu

    def _add_selection(self, menu: QMenu) -> None:
        selected = self._view.selected_text
        if not selected.selection.is_empty:
            copy = menu.addAction(self.tr("Copy"), selected.copy)
            copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
            menu.addAction(self.tr("Copy as Markdown"), lambda: selected.copy(as_markdown=True))
            menu.addSeparator()

    def _add_message(self, menu: QMenu, message: MessageView) -> None:
        menu.addAction(self.tr("Copy message"), lambda: _copy(message.plain_text()))
        if isinstance(message, AgentMessage):
            menu.addAction(self.tr("Copy message as Markdown"), lambda: _copy(message.source()))

    def _add_revisions(self, menu: QMenu, message: MessageView) -> None:
        texts = {
            Revision.EDIT: self.tr("Edit message"),
            Revision.REGENERATE: self.tr("Regenerate reply"),
            Revision.REGENERATE_WITH: self.tr("Regenerate with another model…"),
            Revision.DELETE: self.tr("Delete message"),
        }
        offered = self._view.revising.offered_for(message)
        if offered:
            menu.addSeparator()
        for revision in offered:
            menu.addAction(texts[revision], partial(self._view.revise, message, revision))

    def _add_block(self, menu: QMenu, message: MessageView, item: BlockItem, panel: CodePanel | None) -> None:
        block = item.block
        if panel is not None:
            code = panel.code
            menu.addAction(self.tr("Copy code"), lambda: _copy(code))
            wrap = menu.addAction(self.tr("Wrap long lines"))
            wrap.setCheckable(True)
            wrap.setChecked(panel.wraps)
            wrap.toggled.connect(lambda is_on: self._pointer.wrap(item, panel, is_on, message))
        elif block.kind == "table":
            menu.addAction(self.tr("Copy table as Markdown"), lambda: _copy(table_markdown(block)))
            menu.addAction(self.tr("Copy table as CSV"), lambda: _copy(table_csv(block)))

    def _add_link(self, menu: QMenu, message: MessageView, action: Target | None) -> None:
        if isinstance(action, Link):
            menu.addAction(self.tr("Open link"), lambda: self._pointer.open_link(action))
            menu.addAction(self.tr("Copy link"), lambda: _copy(action.href))
            if remark := message.remark_on(action):
                menu.addAction(remark).setEnabled(False)

    def _add_all_of(self, menu: QMenu, message: MessageView) -> None:
        """What the mouse finds in the text of a message, for the keyboard."""
        if not isinstance(message, AgentMessage):
            return
        blocks = message.blocks
        links = message.links
        codes = [
            token.content.rstrip("\n") for block in blocks for token in block.tokens if token.type in _CODE
        ]
        folded = [(item, panel) for item in message.items() for panel in item.panels if panel.is_folded]
        tables = [block for block in blocks if block.kind == "table"]
        self._add_choice(
            menu,
            self.tr("Open link"),
            [
                (_label(f"{link.text} ({link.host})"), partial(self._pointer.open_link, link))
                for link in links
            ],
        )
        for link in links[:_LISTED]:
            if remark := message.remark_on(link):
                menu.addAction(f"{_label(link.text or link.href)}: {remark}").setEnabled(False)
        self._add_choice(
            menu, self.tr("Copy link"), [(_label(link.href), partial(_copy, link.href)) for link in links]
        )
        self._add_choice(menu, self.tr("Copy code"), [(_label(code), partial(_copy, code)) for code in codes])
        self._add_choice(
            menu,
            self.tr("Copy table as Markdown"),
            [(_label(plain_text(block)), partial(_copy, table_markdown(block))) for block in tables],
        )
        self._add_choice(
            menu,
            self.tr("Copy table as CSV"),
            [(_label(plain_text(block)), partial(_copy, table_csv(block))) for block in tables],
        )
        self._add_choice(
            menu,
            self.tr("Show all lines"),
            [
                (_label(panel.code), partial(self._pointer.fold, item, panel, message))
                for item, panel in folded
            ],
        )

    def _add_choice(self, menu: QMenu, title: str, entries: Sequence[tuple[str, Callable[[], None]]]) -> None:
        """One action, or a menu of several."""
        if len(entries) == 1:
            menu.addAction(title, entries[0][1])
        elif entries:
            several = menu.addMenu(title)
            for label, reaction in entries[:_LISTED]:
                several.addAction(label, reaction)


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _label(text: str) -> str:
    """The first words of a text, as a menu shows them: "&" would underline a letter."""
    line = text.strip().partition("\n")[0].replace("\t", "  ")
    return (line if len(line) <= _LABEL else f"{line[:_LABEL]}…").replace("&", "&&")
