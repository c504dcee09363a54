class Forward: pass
