"""The models of the servers, from the terminal: what there is, transfers with their progress, one-shot calls."""
