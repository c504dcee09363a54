"""Each construct of the language by itself and nested in others, in both modes and two orders."""
