"""Where secrets may stand, and where they may not."""
