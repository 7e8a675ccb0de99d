"""The Console panel: the stream of a run as a developer sees it."""
