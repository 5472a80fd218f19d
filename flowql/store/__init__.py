"""Bytes to segments and back.

Everything that FlowQL knows about its files. Only importer of tantivy and pyroaring.
"""
