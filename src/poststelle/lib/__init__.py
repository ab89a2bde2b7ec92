"""Small things every layer may use: clock, ids, back-off, log. No I/O, no product rules."""
