"""The commands without a window: `options` declares them, `commands` runs them."""
