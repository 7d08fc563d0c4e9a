"""What a corpus is worth: checks, likeness to real reports, agreement, label errors."""
