"""Training rows for the shop's own tasks, made from invented products that the sample shop does not have."""
