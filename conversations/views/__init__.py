"""The pages: each view authorises, parses, calls one verb and answers."""
