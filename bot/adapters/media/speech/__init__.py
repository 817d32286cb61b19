"""Which words are said in clips: who hears them, and what is made of what was heard."""
