"""One module a revision, in order; an old one is never edited."""
