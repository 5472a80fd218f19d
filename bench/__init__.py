"""Benchmarks: how fast FlowQL is, beside its peers; every answer is checked before its time is told."""
