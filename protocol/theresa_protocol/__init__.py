"""The words both sides of ``theresa.v1`` speak: messages, limits, errors and close codes. No I/O, no model, no asyncio."""
