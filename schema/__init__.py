"""What goes out: the GraphQL service."""
