"""Aurora on a laptop: clusters that take their time, as they do on AWS, in front of moto, which keeps what they are."""
