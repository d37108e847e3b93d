"""A BiLSTM-CRF sequence tagger for adrbench: word vectors, spelling features, a linear-chain CRF of our own."""
