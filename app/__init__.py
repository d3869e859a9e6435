"""The pane: it reads views, shows them and asks for actions; it decides and computes nothing."""
