"""All versions of all messages at once, for exports."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from desktop_agent.storage import NotInStoreError
from storage.stores import chunk, opened, said


def test_the_tree_holds_every_version_and_what_streams(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "store.db") as store:
            conversation = await store.create_conversation("tree")
            assert await store.tree(conversation) == ([], None)
            root = await store.append_message(conversation, said("Q"))
            first = await store.append_message(conversation, said("A1", "assistant"))
            below = await store.append_message(conversation, said("more"))
            journal = await store.begin_reply(conversation, "assistant", parent_id=root)
            journal.put(chunk("A2 so far"))
            await store.append_message(await store.create_conversation("other"), said("elsewhere"))
            await store.show_version(first)
            messages, head = await store.tree(conversation)
            assert head == below
            assert [(each.id, each.parent_id, each.version, each.version_count) for each in messages] == [
                (root, None, 1, 1),
                (first, root, 1, 2),
                (below, first, 1, 1),
                (journal.message_id, root, 2, 2),
            ]
            await journal.finish(None, "interrupted")
            messages, _ = await store.tree(conversation)
            assert messages[3].message.to_text() == "A2 so far"
            with pytest.raises(NotInStoreError):
                await store.tree(999)

    asyncio.run(run())
