"""The protocol ``theresa.v1``: messages, limits, errors and close codes. No I/O, no model, no asyncio."""
