"""Parts that the HTTP endpoints share: bodies, uploads, limits, cancellation and errors."""
