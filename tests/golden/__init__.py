"""Golden files: scripts of a store's life with the answers it has to give; `collector` has the syntax."""
