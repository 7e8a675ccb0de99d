"""Writes tests/storage/versions/N.db.gz: a store as this version makes it, for later ones to be tested with.

To be run once for each version: `python tests/storage/make_version.py`. It never overwrites a file.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from desktop_agent.agentchat.messages import ThoughtEvent
from desktop_agent.storage import ConversationStore
from desktop_agent.storage.schema import VERSION
from storage.stores import chunk, said

FOLDER = Path(__file__).resolve().parent / "versions"


async def make(path: Path) -> None:
    """Use all that a store can keep; `test_migrations` looks for it."""
    store = ConversationStore(path)
    first = await store.create_conversation("Grüße aus 北京", origin="user")
    question = await store.append_message(first, said("Was ist \0 und \ud800?"), details={"model": "m"})
    journal = await store.begin_reply(first, "assistant")
    journal.put(ThoughtEvent(id="t", source="assistant", content="thinking"))
    await journal.finish(said("人工智能 answers", "assistant"), "complete", {"seconds": 1.5})
    await store.append_message(first, said("another version"), parent_id=question)
    await store.set_pinned(first, True)
    second = await store.create_conversation("Cut", origin="model")
    await store.append_message(second, said("question"))
    journal = await store.begin_reply(second, "assistant")
    journal.put(chunk("half an ans"))
    await journal.finish(None, "interrupted")
    await store.set_unread(second, True)
    binned = await store.create_conversation("Deleted")
    await store.append_message(binned, said("rubbish"))
    await store.delete(binned)
    await store.save_draft(None, "new draft")
    await store.save_draft(first, "draft")
    await store.save_queued(second, "queued")
    await store.save_position(first, {"message": 1})
    await store.remember("last", first)
    await store.close()


def main() -> int:
    """Write the file of this version."""
    target = FOLDER / f"{VERSION}.db.gz"
    if target.exists():
        print(f"{target} is there already: what was released does not change.", file=sys.stderr)  # noqa: T201
        return 1
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "conversations.db"
        asyncio.run(make(path))
        target.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    return 0


if __name__ == "__main__":
    sys.exit(main())
