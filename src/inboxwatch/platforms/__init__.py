"""From a `Mail` to a `Recognition`: the profiles that teach inboxwatch a platform, and their matching."""
