"""No identifying value of any file reaches a result, a log or the screen."""
