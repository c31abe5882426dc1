"""From recognitions and recorded facts to projects and their deadlines. Pure: no clock, no disk."""
