"""The linter of generated code."""
