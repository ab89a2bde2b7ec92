"""Octets by their SHA-256: one interface, for now one kept in a local directory.

    put(chunks) ──> temporary file ──fsync──> rename to its hash ──> (sha256, size)
        └── small ones ──> a row of small.db ──commit───────────────────────┘

Octets never change, so the same ones are stored once. Must not know what they mean.
"""

from poststelle.blobs.base import BlobMissing, BlobStore, once
from poststelle.blobs.directory import DirectoryBlobs
from poststelle.blobs.small import SmallBlobs

__all__ = ["BlobMissing", "BlobStore", "DirectoryBlobs", "SmallBlobs", "once"]
