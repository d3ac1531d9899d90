"""Our writes: recorded before they are sent, never lost, never silently doubled."""
