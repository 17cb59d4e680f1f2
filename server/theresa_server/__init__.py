"""Theresa's server: audio in over a WebSocket, incremental transcripts out."""
