"""Theresa's client: stream audio to a server, read transcripts while it is still being spoken."""
