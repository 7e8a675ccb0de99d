"""Everything that a user sees: Qt lives here and in `app` alone."""
