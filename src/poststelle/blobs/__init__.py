"""Octets by their SHA-256: one interface, kept in a local directory, a shared one, or an object storage.

    DirectoryBlobs: put(chunks) ──> temporary file ──fsync──> rename to its hash ──> (sha256, size)
                        └── small ones ──> a row of small.db ──commit───────────────────────┘
    ObjectBlobs:    put(chunks) ──> S3Objects or FolderObjects, and the facts about them in a Ledger

Octets never change, so the same ones are stored once. Must not know what they mean.
"""

from poststelle.blobs.base import BlobMissing, BlobStore, BlobsUnavailable, once
from poststelle.blobs.cache import Cache
from poststelle.blobs.directory import DirectoryBlobs
from poststelle.blobs.folder import FolderObjects
from poststelle.blobs.object_blobs import ObjectBlobs
from poststelle.blobs.objects import Generation, Ledger, ObjectMissing, Objects
from poststelle.blobs.small import SmallBlobs

__all__ = [
    "BlobMissing",
    "BlobStore",
    "BlobsUnavailable",
    "Cache",
    "DirectoryBlobs",
    "FolderObjects",
    "Generation",
    "Ledger",
    "ObjectBlobs",
    "ObjectMissing",
    "Objects",
    "SmallBlobs",
    "once",
]
