"""What follows: pure functions on columns, and the night that runs them."""
