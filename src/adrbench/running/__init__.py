"""From a benchmark file to stored cells: prepare, plan, execute, meter."""
