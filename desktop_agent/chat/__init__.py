"""Use cases, without Qt: a chat session, the agent behind it, its figures and its notices."""
