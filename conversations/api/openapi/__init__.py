"""The API's description: the OpenAPI document, its examples, and the page that people read."""
