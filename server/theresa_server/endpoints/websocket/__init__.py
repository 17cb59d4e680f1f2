"""Connections of the WebSocket endpoints, from handshake to close."""
