"""What is: the store, its nouns and its queries."""
