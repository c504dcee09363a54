"""Random programs made of the supported constructs, checked against witnesses that share nothing with srcgrad."""
