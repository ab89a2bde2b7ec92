"""The nouns as frozen data: account, folder, message, change, write-back, rights, errors.

No I/O and no SQL. Behaviour lives in the use cases; here are shapes and the
few pure rules that belong to a shape.
"""
