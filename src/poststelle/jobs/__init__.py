"""Keeping the engines' loops alive. The only place that catches every exception, waits and starts again.

``inline`` runs everything as asyncio tasks of one process. What is to be done
is a fact in a table; a wake-up is only a hint, and losing one costs a delay.
"""
