"""What is carried out of a store and into it: lines of JSON, and databases of llm."""
