"""Named entities and semantic relations in texts."""
