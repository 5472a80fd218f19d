"""The optimizer's rules, each a function from plan to plan; their order is in `optimize`."""
