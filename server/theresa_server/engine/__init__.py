"""Speech recognition: decode jobs in, hypotheses out (see ``theresa_server.speech.recognition``).

No other package imports a model runtime for speech.
"""
