"""The switches of the conversation in the window: shown, obeyed and kept."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog

from desktop_agent.chat.tools_in_use import ToolChoices
from desktop_agent.gui.conversation import Conversation
from desktop_agent.gui.desk import Desk
from desktop_agent.gui.main_window import MainWindow
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.storage import ConversationStore, StorageError

logger = logging.getLogger(__name__)


class ToolSwitches(QObject):
    """Lets the composer's switches decide which tools the conversation uses, from its next message on.

    Args:
        window: The window.
        desk: The conversations.
        store: Keeps what each conversation uses.
        scope: Owns the tasks.
    """

    def __init__(self, window: MainWindow, desk: Desk, store: ConversationStore, scope: TaskScope) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._store = store
        self._scope = scope
        self._known: dict[Conversation, str] = {}
        self._toggles = window.composer.toggles
        self._connect_signals()

    def _connect_signals(self) -> None:
        self._toggles.web_search_toggled.connect(self._switch_web_search)
        self._toggles.files_toggled.connect(self._switch_files)
        self._toggles.folder_requested.connect(self.choose_folder)
        self._desk.switched.connect(self.show_current)
        self._desk.answerer_changed.connect(self.show_current)
        self._desk.stored.connect(self._keep_new)

    def show_current(self) -> None:
        """Show what the conversation in the window uses."""
        conversation = self._desk.current
        choices = conversation.session.tools
        self._toggles.show_choices(web_search=choices.web_search, folder=choices.files or "")
        self._scope.spawn(self._read(conversation), "tools of a conversation")

    async def _read(self, conversation: Conversation) -> None:
        """Bring back what the conversation used before, and find out whether its model can use tools."""
        if conversation.id is not None and conversation not in self._known:
            self._known[conversation] = conversation.session.tools.files or ""
            conversation.destroyed.connect(lambda: self._known.pop(conversation, None))
            try:
                kept = ToolChoices.from_options(await self._store.options(conversation.id))
            except StorageError as error:
                logger.warning("The tools of a conversation could not be read: %s", error)
                kept = None
            if kept is not None:
                self._known[conversation] = kept.files or ""
                conversation.session.use_tools(kept)
        reason = await conversation.session.why_no_tools()
        if conversation is self._desk.current:
            choices = conversation.session.tools
            self._toggles.show_choices(web_search=choices.web_search, folder=choices.files or "")
            self._toggles.show_reason(reason)

    def _switch_web_search(self, is_on: bool) -> None:
        self._use(replace(self._desk.current.session.tools, web_search=is_on))

    def _switch_files(self, is_on: bool) -> None:
        """Use the folder of before; the first time ask for it."""
        conversation = self._desk.current
        choices = conversation.session.tools
        if not is_on:
            self._known[conversation] = choices.files or ""
            self._use(replace(choices, files=None))
        elif known := self._known.get(conversation):
            self._use(replace(choices, files=known))
        else:
            self.choose_folder()

    def choose_folder(self) -> None:
        """Ask for the one folder whose files the agent may see."""
        dialog = QFileDialog(self._window, self.tr("The folder whose files the agent may use"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        conversation = self._desk.current
        dialog.fileSelected.connect(lambda folder: self.use_folder(folder, conversation))
        dialog.open()

    def use_folder(self, folder: str, conversation: Conversation) -> None:
        """Let a conversation use the files of a folder."""
        path = str(Path(folder).absolute())
        self._known[conversation] = path
        self._use(replace(conversation.session.tools, files=path), conversation)

    def _use(self, choices: ToolChoices, conversation: Conversation | None = None) -> None:
        conversation = conversation or self._desk.current
        conversation.session.use_tools(choices)
        if conversation is self._desk.current:
            self._toggles.show_choices(web_search=choices.web_search, folder=choices.files or "")
        if conversation.id is not None:
            self._scope.spawn(self._keep(conversation.id, choices), "keep tools")

    def _keep_new(self, number: int) -> None:
        """A conversation has got its place in the store."""
        conversation = self._desk.current
        if conversation.id == number and conversation not in self._known:
            choices = conversation.session.tools
            self._known[conversation] = choices.files or ""
            if choices.is_any:
                self._scope.spawn(self._keep(number, choices), "keep tools")

    async def _keep(self, number: int, choices: ToolChoices) -> None:
        try:
            options = {**await self._store.options(number), **choices.to_options()}
            await self._store.save_options(number, options)
        except StorageError as error:
            logger.warning("The tools of a conversation could not be kept: %s", error)
