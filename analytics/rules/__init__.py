"""The thirty rules, one file each: what it measures here, its words and numbers beside it."""
