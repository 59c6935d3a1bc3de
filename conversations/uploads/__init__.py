"""Files that people add to their messages: taken in, read in a process apart, kept, quoted to models, purged."""
