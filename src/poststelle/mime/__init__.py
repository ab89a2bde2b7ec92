"""What mail is made of: text, addresses, parts. No I/O.

Everything that arrives here was written by strangers.
"""
