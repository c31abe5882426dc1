"""Nothing that arrives by mail can inject: every way by which its text leaves, in one sweep and one by one."""
