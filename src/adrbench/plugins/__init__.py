"""Plugins: registry, descriptions, parameters, scaffold and list."""
