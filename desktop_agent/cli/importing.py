"""`desktop-agent import`: takes conversations from an export, after saying what it will do."""

from __future__ import annotations

import asyncio
from pathlib import Path

from desktop_agent.chat.importing import TranscriptFormatError, carry_out, read_plan
from desktop_agent.cli.terminal import one_line, say
from desktop_agent.config.exit_status import FAILURE
from desktop_agent.config.paths import store_path
from desktop_agent.storage import ConversationStore


def import_file(name: str, *, is_dry_run: bool) -> int:
    """Import a file; the exit status.

    Args:
        name: The file.
        is_dry_run: Only say what would be done.

    Raises:
        FolderError: The home is none.
        StorageError: The store can't be used.
    """
    try:
        return asyncio.run(_import(Path(name), is_dry_run=is_dry_run))
    except TranscriptFormatError as error:
        say(one_line(str(error)))
        return FAILURE


async def _import(path: Path, *, is_dry_run: bool) -> int:
    store = ConversationStore(store_path(), read_only=is_dry_run)
    try:
        status = await store.open()
        if status.reason:
            say(status.reason)
        plan = await read_plan(store, path)
        for sentence in plan.sentences:
            say(sentence)
        if is_dry_run:
            return 0
        await carry_out(store, plan)
    finally:
        await store.close()
    if plan.to_do:
        say("Done.")
    return 0
