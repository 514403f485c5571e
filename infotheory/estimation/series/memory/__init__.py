"""What series remember: how it widens errors, biases values and misleads tests."""
