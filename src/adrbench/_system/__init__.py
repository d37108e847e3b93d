"""What the installation and the operating system say: paths, hashes, processes, signals, machine, versions."""
