"""Small real files, written by hand: what people attach to their mail.

Each module writes one format from the standard library alone: `pdf`, `png`, `jpeg`, `zipped` (a
word-processor document) and `plain` (calendar, contact card, table). `pictures` draws with them, `papers`
fills them with the words of an office. Everything is a pure function of its arguments, so the same seed
gives the same bytes; nothing here reads a clock or a disk.
"""
