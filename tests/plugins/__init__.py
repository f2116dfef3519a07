"""llm with its plugins, each recorded and played: in an environment of their own."""
