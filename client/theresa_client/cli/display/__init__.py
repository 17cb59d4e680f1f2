"""What the commands display: a terminal for people, lines for programs, and a footer that follows the stream."""
