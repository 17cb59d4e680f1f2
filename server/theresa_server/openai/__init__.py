"""OpenAI's forms, events and names, as pure translations."""
