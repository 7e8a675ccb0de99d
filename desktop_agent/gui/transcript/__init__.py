"""The transcript: a custom-painted view of a conversation that grows while it is read."""
