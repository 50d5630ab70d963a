"""From the text as written to what the model and the matcher read: normalise, split."""
