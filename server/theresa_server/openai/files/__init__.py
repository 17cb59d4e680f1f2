"""Recordings as OpenAI's clients send them, and transcripts as they read them. Pure."""
