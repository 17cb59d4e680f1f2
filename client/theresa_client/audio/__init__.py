"""Sources of audio: recordings, standard input and microphones."""
