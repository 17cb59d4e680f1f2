"""Where a client gets its audio: recordings, standard input and microphones."""
