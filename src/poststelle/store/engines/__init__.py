"""The two databases. All that differs between SQLite and PostgreSQL lives here and nowhere else."""
