"""How well the shop finds, answers and writes."""
