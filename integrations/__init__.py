"""Everything outside: the database, and the offices behind the services."""
