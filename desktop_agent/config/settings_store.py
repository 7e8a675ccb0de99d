"""The settings of this person: read from their file, changed, told to who listens, written."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from desktop_agent.config.look import FILE_NAME, LARGEST_FILE
from desktop_agent.config.paths import FolderError, settings_folder, write_private_file
from desktop_agent.config.refused_values import RefusedValues, fitting, name_of
from desktop_agent.config.settings import Settings

logger = logging.getLogger(__name__)


class SettingsError(Exception):
    """A value that a setting cannot have, or settings that cannot be saved; the text is for the person."""


class SettingsStore:
    """The settings, and the file that they are kept in.

    What is changed counts at once; `save` writes it, and waits for the disk: call it in a worker thread, or
    await `save_async`. What a newer version of the program wrote stays in the file as it is.

    Args:
        path: The file; by default `settings.json` in the folder of the settings.

    Attributes:
        settings: What counts now.
        notes: Sentences about what was wrong with the file, for the person.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.settings = Settings()
        self.notes: tuple[str, ...] = ()
        self._path = path
        self._listeners: list[Callable[[Settings], None]] = []
        self._refused = RefusedValues()
        self._lock = threading.Lock()
        self._must_keep_file = ""
        self._version = self._saved_version = 0

    @property
    def path(self) -> Path:
        """The file.

        Raises:
            FolderError: The folder is not known.
        """
        if self._path is None:
            self._path = settings_folder() / FILE_NAME
        return self._path

    def load(self) -> Settings:
        """Read the file. What is wrong there gets its default and a sentence in `notes`; it never fails."""
        self._must_keep_file = ""
        notes: list[str] = []
        self.settings, self._refused = fitting(self._read(notes), Settings)
        notes += [
            f"The setting {name} has a value that is not known, and is not used."
            for name in self._refused.names
        ]
        self._version = self._saved_version = 0
        self.notes = tuple(notes)
        for note in notes:
            logger.warning("%s", note)
        return self.settings

    def change(self, page: str, **values: Any) -> None:
        """Change settings of one page, and tell it to who listens.

        Args:
            page: The name of a field of `Settings`.
            **values: The new values, by their names.

        Raises:
            SettingsError: A value is not possible; nothing is changed.
        """
        before = getattr(self.settings, page)
        unknown = values.keys() - type(before).model_fields.keys()
        if unknown:
            raise SettingsError(f"There is no setting {page}.{min(unknown)}.")
        try:
            changed = type(before)(**{**dict(before), **values})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise SettingsError(
                f"The setting {name_of((page, *first['loc']))} can't have this value: {first['msg']}."
            ) from None
        self._version += self._refused.forget(page, values)
        self._become(self.settings.model_copy(update={page: changed}))

    def reset(self, page: str) -> None:
        """Give every setting of a page its default; what a newer version wrote there stays."""
        kind = type(getattr(self.settings, page))
        extra = getattr(self.settings, page).model_extra or {}
        self._version += self._refused.forget(page, kind.model_fields)
        self._become(self.settings.model_copy(update={page: kind(**extra)}))

    def subscribe(self, listener: Callable[[Settings], None]) -> Callable[[], None]:
        """Call `listener` with the settings after each change; returns what ends it."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def save(self) -> None:
        """Write what was changed since the last time; it waits for the disk.

        Raises:
            SettingsError: It cannot be written; what was changed counts until the program quits.
        """
        with self._lock:
            version, settings = self._version, self.settings  # in this order: changes come from elsewhere
            if version == self._saved_version:
                return
            try:
                if self._must_keep_file:
                    raise FolderError(self._must_keep_file)
                write_private_file(self.path, self._as_file(settings))
            except FolderError as error:
                raise SettingsError(f"The settings can't be saved. {error}") from error
            self._saved_version = version

    async def save_async(self) -> None:
        """The same, in a worker thread."""
        await asyncio.to_thread(self.save)

    def _become(self, settings: Settings) -> None:
        if settings == self.settings:
            return
        self.settings = settings
        self._version += 1
        for listener in list(self._listeners):
            listener(settings)

    def _as_file(self, settings: Settings) -> bytes:
        plain = settings.model_dump(mode="json")
        self._refused.put_back(plain)
        return json.dumps(plain, indent=2, ensure_ascii=False).encode()

    def _read(self, notes: list[str]) -> dict[str, Any]:
        try:
            if self.path.stat().st_size > LARGEST_FILE:
                raise ValueError("too long")
            raw = json.loads(self.path.read_bytes())
            if not isinstance(raw, dict):
                raise TypeError("no object")
            json.dumps(raw, allow_nan=False, ensure_ascii=False).encode()  # no NaN, no half characters
        except FileNotFoundError:
            return {}
        except (OSError, FolderError) as error:
            reason = str(error) if isinstance(error, FolderError) else error.strerror or str(error)
            self._must_keep_file = f"The file with the settings can't be read: {reason}."
            notes.append(f"{self._must_keep_file} The defaults are used, and nothing is saved.")
            return {}
        except (ValueError, TypeError, RecursionError):
            self._keep_aside(notes)
            return {}
        return raw

    def _keep_aside(self, notes: list[str]) -> None:
        aside = self.path.with_name(f"settings.damaged-{datetime.now().astimezone():%Y%m%d-%H%M%S-%f}.json")
        try:
            self.path.rename(aside)
            notes.append(
                f"The file with the settings is damaged. It is kept as {aside}; the defaults are used."
            )
        except OSError:
            self._must_keep_file = f"{self.path} is damaged and can't be moved away."
            notes.append(f"{self._must_keep_file} The defaults are used, and nothing is saved.")
