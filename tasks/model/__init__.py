"""What: domain types. A leaf that imports only the standard library, pydantic and yaml."""
