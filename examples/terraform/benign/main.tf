# The cloud changed something that nobody wrote down and nothing refers to: an apply would change nothing.
terraform {
  backend "local" {}
  required_providers {
    mockcloud = { source = "test.local/ops/mockcloud" }
  }
}

resource "mockcloud_object" "this" {
  name = "benign"
  size = 2
}
