"""Measured, never asserted: each module is a command that writes its raw figures to results/."""
