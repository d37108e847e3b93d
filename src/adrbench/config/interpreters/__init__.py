"""Taggers of other interpreters: ``[[taggers]] python = "path/to/venv/bin/python"``.

``find`` says which program that is, ``ask`` what its plugin is like: a process of that interpreter (``greeting``, then
``answer``) tells it as plain data, for nothing of its environment can be imported here.
"""

from adrbench.config.interpreters._ask import Answer, Interpreter, ask, clean, find

__all__ = ["Answer", "Interpreter", "ask", "clean", "find"]
