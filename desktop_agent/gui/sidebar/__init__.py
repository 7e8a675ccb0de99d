"""The list of conversations beside the transcript: choose, search, rename, pin, delete, take back."""
