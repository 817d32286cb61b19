"""The second renderer: Remotion, from the document that it plays to the finished film."""
