"""What is measured side by side: each way of doing a thing in a process of its own."""
