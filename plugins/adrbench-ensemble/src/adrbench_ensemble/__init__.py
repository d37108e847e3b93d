"""An ensemble: other taggers, fitted on the same text, vote on spans."""
