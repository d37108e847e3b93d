"""The version of the protocol by which cells are measured."""

from __future__ import annotations

# Raised when a change to the harness makes older cells incomparable: how gold reaches fit, how time is taken.
PROTOCOL_VERSION = 1
