# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "test.local/ops/mockcloud" {
  version = "0.0.1"
  hashes = [
    "h1:MGM4+w7bg79g3qJqRz4xy4xCI66qSUzQ5S0re3js3b8=",
  ]
}
