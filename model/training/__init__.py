"""What model.train is made of: rows, batches, the loss, the run, the card."""
