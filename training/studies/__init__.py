"""Long measurements that a decision stands on; each is a command and keeps its table."""
