# Somebody deleted the object by hand: an apply would make a new one.
terraform {
  backend "local" {}
  required_providers {
    mockcloud = { source = "test.local/ops/mockcloud" }
  }
}

resource "mockcloud_object" "this" {
  name = "vanished"
  size = 2
}
