"""The tree of one conversation as ids: what is shown of it, and which messages are versions of each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping


class Branches:
    """A tree of messages, some of which are deleted: what hangs on those counts to the one before them.

    Args:
        parents: The parent of every message of a conversation; a parent has a lower id than its children.
        deleted: Those that are not shown.
    """

    def __init__(self, parents: Mapping[int, int | None], deleted: Collection[int] = ()) -> None:
        self._parents = parents
        self._deleted = frozenset(deleted)
        self._before: dict[int, int | None] = {}
        self._versions: defaultdict[int | None, list[int]] = defaultdict(list)
        for each in sorted(parents):
            parent = parents[each]
            if parent in self._deleted:
                parent = self._before[parent]
            self._before[each] = parent
            if each not in self._deleted:
                self._versions[parent].append(each)

    def versions(self, message_id: int) -> list[int]:
        """The messages that stand in the same place, oldest first; without those that are deleted."""
        return self._versions[self._before[message_id]]

    def path(self, head: int | None) -> list[int]:
        """What is shown if the conversation ends with `head`, root first."""
        message = self._before.get(head) if head in self._deleted else head
        path: list[int] = []
        while message is not None and message in self._before:
            path.append(message)
            message = self._before[message]
        return path[::-1]

    def newest_end(self, message_id: int) -> int:
        """The newest message below `message_id` that nothing follows; itself if nothing is below it."""
        below, followed = {message_id}, set()
        for each in sorted(self._parents):
            if each > message_id and each not in self._deleted and self._is_below(each, below):
                below.add(each)
                followed.add(self._before[each])
        return max(below - followed)

    def _is_below(self, message_id: int, below: Collection[int]) -> bool:
        """Whether a message hangs on one of `below`, be it through deleted ones."""
        parent = self._parents[message_id]
        while parent in self._deleted and parent not in below:
            parent = self._parents[parent]
        return parent in below

    def without(self, message_id: int, head: int | None) -> int | None:
        """Where a conversation that ends with `head` ends when this message is deleted.

        If it was the last one, its nearest version takes its place; without one, the end stays where it is:
        what was deleted comes back there.
        """
        if head is None or message_id not in self.path(head)[-1:]:
            return head
        others = [each for each in self.versions(message_id) if each != message_id]
        if not others:
            return head
        earlier = [each for each in others if each < message_id]
        nearest = earlier[-1] if earlier else others[0]
        return Branches(self._parents, self._deleted | {message_id}).newest_end(nearest)
