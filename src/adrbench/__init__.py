"""adrbench: which kind of NER method should I use on this text, and what will it cost me?"""

__version__ = "0.1.0"
