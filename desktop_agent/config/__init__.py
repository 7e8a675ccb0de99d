"""The user's machine: folders, the provider in the environment, logs."""
