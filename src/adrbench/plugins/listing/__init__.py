"""Which plugins are installed and what state they are in, whatever their imports do."""
