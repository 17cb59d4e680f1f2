"""The only code that knows a model: jobs of audio in, hypotheses out (see `theresa_server.speech.recognition`)."""
