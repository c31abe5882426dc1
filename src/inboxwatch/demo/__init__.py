"""The story that `demo` plays: a freelancer's mails and what she records. Invented people, in the platform's tone."""
