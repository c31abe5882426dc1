"""From projects and deadlines to alerts, and from alerts to deliveries."""
