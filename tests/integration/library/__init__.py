"""The library of model servers against real ones on real sockets."""
