"""The report: a results folder as one self-contained HTML page, and its figures as files for a paper."""
