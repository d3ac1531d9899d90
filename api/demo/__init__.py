"""The demo: emulated desks as a child process, a cache of its own, and no credentials."""
