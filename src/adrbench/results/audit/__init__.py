"""Gold that looks wrong: found by what taggers of several families say of documents that they did not learn from."""
