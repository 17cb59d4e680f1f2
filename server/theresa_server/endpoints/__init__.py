"""What the server's port answers, one module per interface."""
