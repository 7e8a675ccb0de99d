"""The agent that is there from the start. This imports nothing, so that the window can name it at once."""

AGENT_NAME = "assistant"
SYSTEM_MESSAGE = "You are a helpful assistant. Answer in Markdown where it helps the reader."
