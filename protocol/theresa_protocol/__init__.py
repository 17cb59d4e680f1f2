"""The words both sides of ``theresa.v1`` speak: messages, limits, errors, close codes. No I/O, no model, no asyncio."""
