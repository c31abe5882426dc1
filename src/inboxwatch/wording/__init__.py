"""Every sentence the user reads, in Japanese and English."""
