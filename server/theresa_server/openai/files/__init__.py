"""OpenAI's audio endpoints for recordings: request forms and response formats, without I/O."""
