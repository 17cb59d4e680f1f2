"""Named entities: who, what, where and when a text mentions, and who did what to whom."""
