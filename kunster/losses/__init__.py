"""What is minimised: pure functions of tensors, and the frozen networks that they look through."""
