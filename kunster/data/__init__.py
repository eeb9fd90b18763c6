"""Pictures to learn from: decoding, the cache, the sources, made-up scenes, training crops."""
