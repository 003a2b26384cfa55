"""What is told of entry files: the page in docs/ and the JSON Schema, made from the protos."""
