"""The recipe that trains: from bitext to a MarianMT folder with its card."""
