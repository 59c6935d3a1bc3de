"""Cases of the catalogue of faults that need no site of their own."""
