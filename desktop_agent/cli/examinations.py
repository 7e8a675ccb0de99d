"""What `doctor` looks at: each examination gives findings, some with a way to mend what they found."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from desktop_agent.config.display import has_display
from desktop_agent.config.logs import FILE_NAME as LOG_NAME
from desktop_agent.config.paths import (
    FolderError,
    data_folder,
    log_folder,
    make_private_folder,
    resources_folder,
    store_path,
)
from desktop_agent.config.provider import KEY_VARIABLE, Provider, ProviderError, provider_from_environment
from desktop_agent.config.versions import library_versions, program_version, system_version
from desktop_agent.storage import ConversationStore, StorageError, StoreDamagedError

logger = logging.getLogger(__name__)

State = Literal["ok", "note", "problem"]

_LITTLE_SPACE: Final = 100_000_000  # bytes
_KEYCHAIN_ENTRY: Final = "doctor"
_RESOURCES: Final = ("fonts/*/*.[ot]tf", "icons/*.svg", "demo/*.md", "schema/*.json")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: What it is about, in a word.
        state: "ok"; "note": worth knowing; "problem": something does not work or is not safe.
        text: Sentences for people.
        mend: Mends it and says what it did; None if it is not for the program to mend. Raises FolderError,
            OSError or StorageError.
    """

    topic: str
    state: State
    text: str
    mend: Callable[[], str] | None = None


def examine_program() -> Iterator[Finding]:
    """The versions of everything."""
    libraries = ", ".join(f"{name} {number}" for name, number in library_versions().items())
    yield Finding("program", "ok", f"{program_version()}, {system_version()}. {libraries}.")


def examine_resources() -> Iterator[Finding]:
    """Fonts, icons and what else belongs to the program."""
    try:
        folder = resources_folder()
    except FolderError as error:
        yield Finding("resources", "problem", str(error))
        return
    missing = [pattern for pattern in _RESOURCES if not any(folder.glob(pattern))]
    if missing:
        names = ", ".join(missing)
        yield Finding("resources", "problem", f"{folder} has no {names}. Install Desktop Agent again.")
    else:
        yield Finding("resources", "ok", f"Fonts, icons and texts are in {folder}.")


def examine_folders() -> Iterator[Finding]:
    """Whether the folders can be used, and by nobody else."""
    try:
        folders = {"data": data_folder(), "log": log_folder()}
    except FolderError as error:
        yield Finding("folders", "problem", str(error))
        return
    for name, folder in folders.items():
        yield _examine_folder(name, folder)
    yield _examine_disk(folders["data"])


def examine_store(*, is_full: bool) -> Iterator[Finding]:
    """The conversations, their backups, and what is left of damaged files.

    Args:
        is_full: Look at the indexes, too.
    """
    try:
        path = store_path()
        yield _examine_file(path, is_full=is_full)
        yield _examine_backups(path)
        kept = sorted(each for each in path.parent.glob(f"{path.name}.corrupt-*") if _is_store(each))
    except FolderError:
        return  # said of the folders
    except OSError as error:
        yield Finding("conversations", "problem", f"{error.filename}: {error.strerror}.")
        return
    if kept:
        text = (
            f"{len(kept)} damaged or replaced files are kept in {path.parent}; the newest is {kept[-1].name}."
        )
        yield Finding("damaged files", "note", f"{text} If you miss nothing, you may delete them.")


def examine_log() -> Iterator[Finding]:
    """Where the log is, and whether it tells of faults."""
    try:
        path = log_folder() / LOG_NAME
        lines = path.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        yield Finding("log", "note", "There is no log yet.")
    except (FolderError, OSError):
        return  # said of the folders
    else:
        errors = [line for line in lines if line[23:30] == " ERROR "]
        if errors:
            when = errors[-1][:19]
            yield Finding("log", "note", f"{path} tells of {_count(errors, 'fault')}, the last at {when}.")
        else:
            yield Finding("log", "ok", f"{path} tells of no faults.")


def examine_display() -> Iterator[Finding]:
    """Whether a window can be opened."""
    if has_display():
        session = os.environ.get("XDG_SESSION_TYPE") or os.environ.get("QT_QPA_PLATFORM") or sys.platform
        yield Finding("display", "ok", f"There is a display ({session}).")
    else:
        yield Finding("display", "note", "There is no display to open a window on; the commands work.")


def examine_page_text() -> Iterator[Finding]:
    """Whether web pages can be read, for which lists and settings of libraries have to be there."""
    words = "These words are what somebody wants to read. " * 12
    page = f"<html><body><nav>Menu</nav><article><h1>Title</h1><p>{words}</p></article></body></html>"
    try:
        from desktop_agent.toolbox.page_text import page_text

        found = page_text(page, "https://page.example/").markdown
    except Exception as error:
        logger.warning("The text of a page could not be read.", exc_info=error)
        found = ""
    if words.strip() in found:
        yield Finding("web pages", "ok", "The text of pages can be read.")
    else:
        yield Finding("web pages", "problem", "The text of pages can't be read. Install Desktop Agent again.")


def examine_keychain() -> Iterator[Finding]:
    """Whether keys can be kept: an entry is stored, read and deleted."""
    from desktop_agent.config import keychain

    value = secrets.token_urlsafe()
    try:
        keychain.set_key(_KEYCHAIN_ENTRY, value)
        keychain.forget_keys()  # so that it is the keychain that answers
        read = keychain.get_key(_KEYCHAIN_ENTRY)
        keychain.delete_key(_KEYCHAIN_ENTRY)
        name = asyncio.run(keychain.keychain_name_async())
    except keychain.KeychainError as error:
        yield Finding("keychain", "problem", str(error))
        return
    if read == value:
        yield Finding("keychain", "ok", f"An entry was stored, read and deleted: {name}.")
    else:
        yield Finding("keychain", "problem", f"What was read is not what was stored: {name}.")


def examine_provider(*, with_network: bool) -> Iterator[Finding]:
    """Who answers, never with which key.

    Args:
        with_network: Ask the server for its models: one request, which costs nothing.
    """
    try:
        provider = provider_from_environment()
    except ProviderError as error:
        yield Finding("provider", "problem", str(error))
        return
    if provider is None:
        yield Finding("provider", "note", f"No model is set up ({KEY_VARIABLE}): the demo answers, offline.")
        return
    key = "with a key" if provider.api_key else "without a key"
    yield Finding("provider", "ok", f"{provider.model} at {provider.host}, {key}.")
    if with_network:
        yield asyncio.run(_examine_network(provider))


async def _examine_network(provider: Provider) -> Finding:
    from desktop_agent.agentchat.errors import AgentError, NotFoundError
    from desktop_agent.agentchat.models.openai import BaseOpenAIChatCompletionClient
    from desktop_agent.chat.agent_factory import create_model_client
    from desktop_agent.chat.notices import describe

    try:
        client = create_model_client(provider)
        assert isinstance(client, BaseOpenAIChatCompletionClient)  # all but the demo's
        try:
            names = await client.list_models()
        finally:
            await client.close()
    except NotFoundError:
        return Finding("network", "ok", f"{provider.host} answers. It does not list its models.")
    except AgentError as error:
        return Finding("network", "problem", str(describe(error, provider)).replace("\n", " "))
    if names and provider.model not in names:
        text = f"{provider.host} answers, but {provider.model} is not among its {len(names)} models."
        return Finding("network", "note", text)
    return Finding("network", "ok", f"{provider.host} answers.")


def _examine_folder(name: str, folder: Path) -> Finding:
    topic = f"{name} folder"
    try:
        mode = folder.stat().st_mode
        if not stat.S_ISDIR(mode):
            return Finding(topic, "problem", f"{folder} is a file, not a folder. Move it away.")
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            text = f"{folder} can't be written to. Change its permissions."
            return Finding(topic, "problem", text, _closer(folder, []) if _is_ours(folder) else None)
        files = [each for each in folder.iterdir() if each.is_file()]
        is_open = _is_open(folder)
        open_files = [each for each in files if _is_open(each)]
    except FileNotFoundError:
        return Finding(topic, "ok", f"{folder} is not there yet; it is made when it is needed.")
    except OSError as error:
        return Finding(topic, "problem", f"{folder} can't be read: {(error.strerror or str(error)).lower()}.")
    if is_open or open_files:
        what = f"{folder} and {_count(open_files, 'file')} in it" if open_files else f"{folder}"
        text = f"Others on this computer may read {what}."
        return Finding(topic, "problem", text, _closer(folder, open_files))
    return Finding(topic, "ok", f"{folder} is for you alone.")


def _examine_disk(folder: Path) -> Finding:
    place = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Finding("disk", "note", f"{place}: {error.strerror}.")
    text = f"{free / 1e9:,.1f} GB are free."
    if free < _LITTLE_SPACE:
        return Finding("disk", "problem", f"{text} Make room, or conversations can't be saved.")
    return Finding("disk", "ok", text)


def _closer(folder: Path, files: list[Path]) -> Callable[[], str]:
    def close() -> str:
        folder.chmod(0o700)
        make_private_folder(folder)
        for each in files:
            each.chmod(0o600)
        return f"{folder} is for you alone now."

    return close


def _is_ours(path: Path) -> bool:
    return sys.platform != "win32" and path.stat().st_uid == os.getuid()


def _is_open(path: Path) -> bool:
    """Whether others may read it; Windows' own folders keep others out by themselves."""
    return sys.platform != "win32" and bool(path.stat().st_mode & 0o077)


def _examine_file(path: Path, *, is_full: bool) -> Finding:
    topic = "conversations"
    has_backups = any(path.parent.glob("backups/*.db"))
    if not path.exists():
        if has_backups:
            return Finding(topic, "problem", f"{path} is missing, but there are backups.", _repairer(path))
        return Finding(topic, "ok", "There are no conversations yet.")
    if path.stat().st_size == 0:
        return Finding(topic, "problem", f"{path} is empty: the file was damaged.", _repairer(path))
    try:
        reason, count, wrong = asyncio.run(_check_store(path, is_full=is_full))
    except StorageError as error:
        is_damaged = isinstance(error, StoreDamagedError)
        return Finding(topic, "problem", str(error), _repairer(path) if is_damaged else None)
    if wrong:
        text = f"{path} is damaged ({'; '.join(wrong[:3])})."
        return Finding(topic, "problem", text, _repairer(path))
    if reason:
        return Finding(topic, "problem", reason)
    size = path.stat().st_size / 1e6
    return Finding(topic, "ok", f"{count} in {path}, {size:,.1f} MB, all of it readable.")


async def _check_store(path: Path, *, is_full: bool) -> tuple[str, int, list[str]]:
    """What the store says about itself, how many conversations it has, and what is wrong with the file."""
    store = ConversationStore(path, read_only=True)
    try:
        status = await store.open()
        if status.reason:
            return status.reason, 0, []
        wrong = await store.check(full=is_full)
        return "", 0 if wrong else len(await store.conversations()), wrong
    finally:
        await store.close()


def _repairer(path: Path) -> Callable[[], str]:
    async def repair() -> str:
        store = ConversationStore(path)
        try:
            return (await store.repair()).reason
        finally:
            await store.close()

    return lambda: asyncio.run(repair())


def _examine_backups(path: Path) -> Finding:
    found = sorted(path.parent.glob("backups/*.db"), key=lambda each: each.stat().st_mtime)
    if not found:
        return Finding(
            "backups", "note", "There are none yet. The window makes one each day that it is used."
        )
    newest = datetime.fromtimestamp(found[-1].stat().st_mtime, UTC).astimezone()
    text = f"{len(found)} in {found[-1].parent}, the newest of {newest:%Y-%m-%d %H:%M}."
    return Finding("backups", "ok", text)


def _is_store(path: Path) -> bool:
    return not path.name.endswith(("-wal", "-shm", "-journal"))


def _count(things: Sequence[object], noun: str) -> str:
    return f"{len(things)} {noun}" if len(things) == 1 else f"{len(things)} {noun}s"
