"""Bytes to segments and back: everything that FlowQL knows about its files. Only importer of tantivy and pyroaring."""
