"""OpenAI's Realtime transcription, translated to and from a session of our own: pure, without a clock or a socket."""
