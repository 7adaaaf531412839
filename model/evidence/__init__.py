"""Which sentence of a page answers a question, if any: a small network over a frozen encoder's states."""
