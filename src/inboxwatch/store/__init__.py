"""What is kept between runs: the only place with SQL."""
