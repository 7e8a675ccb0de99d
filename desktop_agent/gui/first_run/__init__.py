"""The page that a newcomer sees first: whom to talk to."""
