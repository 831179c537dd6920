secret = "agreed-upon"
