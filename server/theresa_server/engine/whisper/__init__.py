"""Whisper on CTranslate2: the only code that knows a speech model."""
