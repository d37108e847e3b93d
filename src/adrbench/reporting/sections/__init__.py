"""The sections of a report, each made from results or left out with a reason."""
