"""The HTTP and WebSocket endpoints of the server, one module per interface."""
