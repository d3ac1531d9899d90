"""The types of the API, each declared over its rows."""

import schema.words  # noqa: F401 - a domain word is described before a type uses it
