# Somebody made the object bigger by hand: an apply would make it small again.
terraform {
  backend "local" {}
  required_providers {
    mockcloud = { source = "test.local/ops/mockcloud" }
  }
}

resource "mockcloud_object" "this" {
  name = "drifted"
  size = 2
  tags = { team = "web" }
}
