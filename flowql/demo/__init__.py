"""A made-up network and its flow logs: for the demo, the tests and the benchmark, never for the engine."""
