"""Text to syntax tree and back: the language's form, without its meaning."""
