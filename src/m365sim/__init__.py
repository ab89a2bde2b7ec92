"""A simulated Microsoft 365: identity platform and Graph mail, for tests and for trying things out.

A program of its own: it imports nothing of any server that talks to it. Programs meet it at base URLs, with
its CA file, exactly as they would meet Microsoft. What it does not simulate it refuses with 501 and a name;
it never ignores a parameter silently.
"""
