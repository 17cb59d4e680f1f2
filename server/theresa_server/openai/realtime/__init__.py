"""OpenAI's Realtime transcription events, translated to and from a native session without I/O or a clock."""
