"""Whisper on CTranslate2: a ``Transcriber``, from the model files to hypotheses."""
