"""Physical plan to rows: docsets, kernels over codes, and the few operators over the tables that come out."""
