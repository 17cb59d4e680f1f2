"""OpenAI's HTTP forms, Realtime events and model names, translated without I/O."""
