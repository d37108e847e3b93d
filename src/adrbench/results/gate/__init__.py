"""The gate of continuous integration: has a tagger become worse than its baseline?"""
