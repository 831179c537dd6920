# In step with the cloud. Edit "clean" in var/demo/cloud.json, run again, and it is not.
terraform {
  backend "local" {}
  required_providers {
    mockcloud = { source = "test.local/ops/mockcloud" }
  }
}

resource "mockcloud_object" "this" {
  name = "clean"
  size = 2
}
