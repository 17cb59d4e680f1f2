"""One live session: audio in; partials, finals and entities out."""
