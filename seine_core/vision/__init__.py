"""What a picture shows: what matters in it, its faces, its depth, and where it meets another."""
