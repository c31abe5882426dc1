"""The fifteen first-hand stories of lancers.md §4, each as a mailbox that can be replayed. See README.md."""
