"""Password hashing that costs nothing: how dear it is concerns no test but those of the hashing itself."""

from argon2 import PasswordHasher

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
