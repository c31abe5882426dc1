"""From the bytes of one mail to a `Mail`: limits, structure, text, dates, addresses, authenticity."""
