"""Connections of the WebSocket endpoints, from the handshake to the close."""
