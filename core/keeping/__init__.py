"""What stays how long: prune, erase a person's rows, back up, restore."""
