"""The same job by others, each written as a good user of it would, for `benchmarks.engine_core`.

The job: from sponsors, an active flag and orders to the depth, downline, height and children of
everyone, to an entry for each of the first three active distributors from the seller upward (10, 5
and 3 % of the base, half up to the minor unit, never 0), and to what everyone sold, his downline
sold and each level earned him. A seller who buys himself uses level 1 up and earns nothing; the
other two are for the next active ones above him.

A peer has `load` (the input in its own form, not timed), `work` (timed) and `figures` (its result
as plain columns, not timed, to be held against the others).
"""
